#!/usr/bin/python3
"""The golden list: every error reason in the sources is in protos/README.md, and nothing else is.

Usage: reasons.py ROOT
"""
import pathlib
import re
import sys

# Reasons that never reach a caller: refusals to start, and answers between layers.
INTERNAL = {"BAD_CERTIFICATE", "BAD_CONFIG", "BAD_KEY", "LISTEN_FAILED", "METHOD_WITHOUT_ACCESS", "SCHEMA_OLDER",
            "SCHEMA_NEWER", "DATABASE_ROLE", "MIGRATION_CHANGED", "MIGRATED", "SERVING", "NOT_SERVING", "SHOW_HELP",
            "OVERLAP", "DUPLICATE_KEY", "CONSTRAINT", "REDIS_UNAVAILABLE", "SEAL_BROKEN", "BAD_CONTENT", "BAD_MESSAGE",
            "ILLEGAL_MOVE", "TEMPLATE_FAILED", "TOKEN_KEYS_AWAY", "ZONE_MISSING", "HOLIDAYS_MISSING"}
# Named by gRPC's own codes when an answer has no details.
BY_CODE = {"UNAVAILABLE", "UNKNOWN"}
MADE = re.compile(r'StatusCode::k\w+,\s*"([A-Z][A-Z0-9_]+)"')


def main():
    root = pathlib.Path(sys.argv[1])
    made = set()
    for path in sorted(root.glob("common/**/*.cc")) + sorted(root.glob("services/**/*.cc")):
        if path.name.endswith(("_test.cc", "_bench.cc", "_testing.cc")) or path.name.startswith("test_") or "cli" in path.parts or "testing" in path.parts:
            continue
        made |= set(MADE.findall(path.read_text(encoding="utf-8")))
    rows = [line for line in (root / "protos/README.md").read_text(encoding="utf-8").splitlines()
            if line.startswith("| `")]
    listed = {name for row in rows for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", row.split("|")[1])}
    problems = [f"{name}: in the sources, not in protos/README.md" for name in sorted(made - INTERNAL - listed)]
    text = "\n".join(path.read_text(encoding="utf-8") for path in
                     sorted(root.glob("common/**/*.cc")) + sorted(root.glob("services/**/*.cc")))
    problems += [f"{name}: in protos/README.md, in no source" for name in sorted(listed - BY_CODE)
                 if f'"{name}"' not in text]
    print("\n".join(problems) if problems else f"reasons: {len(listed)} listed, all made, none unlisted")
    return 1 if problems or not made else 0


if __name__ == "__main__":
    sys.exit(main())
