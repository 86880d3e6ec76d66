#!/usr/bin/python3
"""Every test that the threat model (deploy/README.md, "Threats") names is there.

Usage: check_threats.py
A row is: threat | what stands against it | tests, each `Suite.Name` of GoogleTest or `path` of a script.
"""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROWS_MIN = 20  # Or the table was not found.


def known_tests():
    sources = subprocess.run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard", "*_test.cc"],
                             capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
    found = set()
    for path in sources:
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            for suite, name in re.findall(r"^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", file.read(), re.MULTILINE):
                found.add(f"{suite}.{name}")
    return found


def problems_of(text, tests):
    section = re.search(r"^## Threats$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    rows = [[cell.strip() for cell in line.strip("|").split("|")]
            for line in (section.group(1) if section else "").splitlines() if line.startswith("|")][2:]
    if len(rows) < ROWS_MIN:
        yield f"{len(rows)} threats, fewer than {ROWS_MIN}"
    for row in rows:
        named = re.findall(r"`([^`]+)`", row[2]) if len(row) == 3 else []
        if not named:
            yield f"{row[0]}: no test"
        for name in named:
            if name not in tests and not ("/" in name and os.path.isfile(os.path.join(ROOT, name))):
                yield f"{row[0]}: no such test: {name}"


def main():
    with open(os.path.join(ROOT, "deploy", "README.md"), encoding="utf-8") as file:
        text = file.read()
    tests = known_tests()
    problems = list(problems_of(text, tests))
    # This test sees a name that is gone.
    if not list(problems_of(text.replace("`TlsTest.", "`GoneTest.", 1), tests)):
        problems.append("a test that is gone was not missed")
    for problem in problems:
        print(f"threats: {problem}")
    print(f"threats: {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
