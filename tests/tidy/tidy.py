#!/usr/bin/python3
"""Holds the tree to the project's rules. Usage: tidy.py [ROOT]. Prints one line per offence.

What it enforces stands in the tables below. Rules are functions from a source file (or the whole
tree) to messages; tidy_test.py shows each of them an offence and expects it to be named.
"""
import os
import re
import subprocess
import sys

LINES_MAX = 400  # A file longer than this is two files.
COLUMNS_MAX = 100
PROTO_COLUMNS_MAX = 110  # Mostly prose; clang-format does not break it.

TOP_LEVEL = {"CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md",
             "common", "deploy", "protos", "services", "tests"}

# Shared libraries, innermost first: each may include only itself and those before it.
COMMON_ORDER = ["error", "base", "log", "metrics", "config", "crypto", "sql", "redis", "rpc", "testing"]
# error and base are one layer: the clock reports errors, errors carry durations.
COMMON_TOGETHER = {"error": 1, "base": 1}

# What each layer of a service may include of its own service, besides itself.
LAYERS = {
    "domain": set(),
    "ports": {"domain"},
    "app": {"ports", "domain"},
    "adapters": {"ports", "domain"},
    "edge": {"app", "ports", "domain"},
}
# The domain is pure: of common it sees values and errors only, and nothing generated.
DOMAIN_COMMON = {"base", "error"}
DOMAIN_FORBIDDEN_HEADERS = re.compile(
    r"^(grpcpp/|grpc/|google/protobuf/|stillpoint/|sqlite3\.h|libpq-fe\.h|hiredis|curl/|thread$|mutex$|"
    r"condition_variable$|future$|filesystem$|fstream$|iostream$|common/base/clock\.h|common/base/mutex\.h)")

BANNED = [  # (pattern, where it is allowed, what to do instead)
    (re.compile(r"std::string_view"), (), "absl::string_view is the one view type"),
    (re.compile(r"absl::Mutex"), (), "stillpoint::Mutex: absl's gives false reports under TSan"),
    (re.compile(r"absl::Now\("), ("common/", "tests/bench/"), "take `now` from a Clock or from the transaction"),
    (re.compile(r"std::(shared_)?mutex\b"), ("common/base/mutex.h",), "stillpoint::Mutex"),
    (re.compile(r"\b(system|popen)\("), (), "start processes without a shell"),
    (re.compile(r"\bs?rand\("), (), "RandomIds, or a seeded generator in tests"),
    (re.compile(r"using namespace std\b"), (), "name what you use"),
    (re.compile(r"\.detach\(\)"), ("common/testing/process.cc",), "a thread has an owner that joins it"),
    (re.compile(r"\b(GTEST_SKIP|DISABLED_)"), (), "a test runs or is deleted"),
    (re.compile(r"\b(TODO|FIXME|XXX|HACK)\b"), (), "do it or open an issue"),
    (re.compile(r"std::(format|expected|views)\b"), (), "not in g++ 12 and clang 14"),
    (re.compile(r"\bstd::regex\b"), (), "unbounded time on hostile input; parse by hand"),
    (re.compile(r"\b(sleep_for|SleepFor|usleep|nanosleep)\b"),
     # Cached facts wait until a belief of other processes has ended: there is no condition to see.
     ("common/testing/", "tests/bench/", "services/booking/adapters/cached_facts"),
     "wait on a condition with a deadline"),
]
# The jobs that reach rows of every organization, each for its reason. All others are for one tenant.
SPANNING = {
    "common/sql/migrate.cc": "a step may move rows of everybody",
    "common/sql/reach.h": "declares it",
    "services/booking/app/read_bookings.cc": "events for other services, in one order",
    "services/booking/app/expire_holds.cc": "which holds have run out; each ends for its own tenant",
    "services/booking/adapters/pointer_healer.cc": "which pointers were not raised",
    "services/notification/app/lease_queue.cc": "what is due, whoever's it is",
    "services/notification/app/relay.cc": "a page of events and its cursor are one transaction",
}
SOURCE = (".cc", ".h")
SIZED = (".cc", ".h", ".py", ".sh", ".cmake", ".txt", ".js", ".mjs", ".yaml", ".yml")
ME = ("tests/tidy/",)


def tracked_files(root):
    """The files that are, or would be, committed."""
    out = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard"],
                         capture_output=True, text=True, check=True).stdout
    return sorted(path for path in set(out.splitlines()) if os.path.isfile(os.path.join(root, path)))


def check_top_level(paths):
    for entry in sorted({path.split("/")[0] for path in paths}):
        if entry not in TOP_LEVEL and not entry.startswith("."):
            yield f"{entry}: not one of the top-level entries"


def check_size(path, lines):
    if path.endswith(SIZED) and len(lines) > LINES_MAX:
        yield f"{path}: {len(lines)} lines, more than {LINES_MAX}"
    if path.endswith(SOURCE + (".proto",)):
        for number, line in enumerate(lines, 1):
            if len(line) > (PROTO_COLUMNS_MAX if path.endswith(".proto") else COLUMNS_MAX):
                yield f"{path}:{number}: {len(line)} columns, too many"


def strip_strings_and_comments(line):
    line = re.sub(r'"(\\.|[^"\\])*"', '""', line)
    return re.sub(r"//.*", "", line)


def check_banned(path, lines):
    if not path.endswith(SOURCE):
        return
    for number, line in enumerate(lines, 1):
        code = strip_strings_and_comments(line)
        for pattern, allowed, instead in BANNED:
            text = line if "TODO" in pattern.pattern else code
            if pattern.search(text) and not path.startswith(allowed or ("\0",)):
                yield f"{path}:{number}: {pattern.search(text).group(0)}: {instead}"


def check_spanning(path, lines):
    """Tests may look at everything."""
    if not path.endswith(SOURCE) or not path.startswith(("common/", "services/")) or path in SPANNING:
        return
    if re.search(r"_test\.(cc|h)$|/test_|testing", path):
        return
    for number, line in enumerate(lines, 1):
        if re.search(r"\bAllOrganizations\b", strip_strings_and_comments(line)):
            yield (f"{path}:{number}: AllOrganizations: open the transaction for a tenant, or name the "
                   "job and its reason in SPANNING")


def includes_of(lines):
    for number, line in enumerate(lines, 1):
        found = re.match(r'\s*#\s*include\s+["<]([^">]+)[">]', line)
        if found:
            yield number, found.group(1)


def check_includes(path, lines):
    if not path.endswith(SOURCE):
        return
    parts = path.split("/")
    # Names of helpers that only tests link: x_test.cc, x_testing.h, test_x.h.
    name = parts[-1]
    test = name.endswith(("_test.cc", "_test.h", "_bench.cc")) or name.startswith("test_") or "_testing." in name
    for number, header in includes_of(lines):
        to = header.split("/")
        where = f"{path}:{number}: includes {header}"
        if parts[0] == "common":
            if to[0] == "services":
                yield f"{where}: common knows no service"
            if to[0] == "common" and not test and not common_may_include(parts[1], to[1]):
                yield f"{where}: common/{parts[1]} comes before common/{to[1]}"
        if parts[0] == "services" and len(parts) > 2:
            if to[0] == "services" and to[1] != parts[1]:
                yield f"{where}: services meet only in protos/"
            layer = parts[2]
            if layer in LAYERS and not test:
                yield from check_layer(where, layer, header, to)
            if layer in LAYERS and not test and to[:2] == ["common", "testing"]:
                yield f"{where}: test helpers are for tests"
        if "google/rpc/" in header and not path.startswith(("common/rpc/", "tests/")):
            yield f"{where}: only common/rpc translates errors"


def common_may_include(from_library, to_library):
    if from_library == to_library:
        return True
    if from_library not in COMMON_ORDER or to_library not in COMMON_ORDER:
        return False
    if COMMON_TOGETHER.get(from_library) and COMMON_TOGETHER.get(to_library):
        return True
    return COMMON_ORDER.index(to_library) < COMMON_ORDER.index(from_library)


def check_layer(where, layer, header, to):
    if to[0] == "services" and len(to) > 3 and to[2] in LAYERS:
        if to[2] != layer and to[2] not in LAYERS[layer]:
            yield f"{where}: {layer} may not see {to[2]}"
    if layer == "domain":
        if to[0] == "common" and to[1] not in DOMAIN_COMMON:
            yield f"{where}: the domain sees only values and errors"
        if DOMAIN_FORBIDDEN_HEADERS.match(header):
            yield f"{where}: the domain has no clock, I/O, protobuf or threads"
    if layer in ("app", "ports") and (to[0] == "stillpoint" or header.startswith("grpcpp/")):
        yield f"{where}: {layer} speaks in domain values, not messages"


def check_guard(path, lines):
    if not path.endswith(".h"):
        return
    want = "STILLPOINT_" + re.sub(r"[^A-Za-z0-9]", "_", path).upper() + "_"
    if not any(line.strip() == f"#ifndef {want}" for line in lines):
        yield f"{path}: include guard {want} is missing"
    if path.startswith(("common/", "services/")) and not any(l.startswith("//") for l in lines[:5]):
        yield f"{path}: starts without saying what it is"


def check_text(path, lines):
    for number, line in enumerate(lines, 1):
        if line != line.rstrip() and path.endswith(SIZED + (".proto", ".md")):
            yield f"{path}:{number}: ends in white space"
        if re.search(r"\.\./shared|(?<![\w.-])/(home|root|work)/", line) and not path.startswith(ME):
            yield f"{path}:{number}: names a path of one machine"


def check_commit_hygiene(root, paths):
    for path in paths:
        if path.endswith((".o", ".a", ".so", ".pb.cc", ".pb.h", ".db", ".pyc")):
            yield f"{path}: generated files are not committed"
        with open(os.path.join(root, path), "rb") as file:
            if b"\0" in file.read(8000):
                yield f"{path}: binary files are not committed"


def check_tree(root):
    paths = tracked_files(root)
    yield from check_top_level(paths)
    yield from check_commit_hygiene(root, paths)
    for path in paths:
        try:
            with open(os.path.join(root, path), encoding="utf-8") as file:
                lines = file.read().split("\n")
        except UnicodeDecodeError:
            continue  # check_commit_hygiene named it.
        if lines and not lines[-1]:
            lines.pop()
        for rule in (check_size, check_banned, check_spanning, check_includes, check_guard, check_text):
            if path != "LICENSE":
                yield from rule(path, lines)


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    offences = list(check_tree(root))
    print("\n".join(offences) if offences else "tidy: no offence")
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())
