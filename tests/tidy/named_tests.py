#!/usr/bin/python3
"""Every test that a table of promises names is there.

Usage: named_tests.py
A row is: what may happen | what holds then | tests, each `Suite.Name` of GoogleTest or `path` of a script.
"""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Where a table is: file, heading, and how many rows there are at least, or it was not found.
TABLES = [("deploy/README.md", "Threats", 20), ("tests/README.md", "Scenarios", 30)]


def known_tests():
    sources = subprocess.run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard", "*_test.cc"],
                             capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
    found = set()
    for path in sources:
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            for suite, name in re.findall(r"^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", file.read(), re.MULTILINE):
                found.add(f"{suite}.{name}")
    return found


def problems_of(text, heading, rows_min, tests):
    section = re.search(rf"^## {heading}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    rows = [[cell.strip() for cell in line.strip("|").split("|")]
            for line in (section.group(1) if section else "").splitlines() if line.startswith("|")][2:]
    if len(rows) < rows_min:
        yield f"{heading}: {len(rows)} rows, fewer than {rows_min}"
    for row in rows:
        named = re.findall(r"`([^`]+)`", row[2]) if len(row) == 3 else []
        if not named:
            yield f"{row[0]}: no test"
        for name in named:
            if name not in tests and not ("/" in name and os.path.isfile(os.path.join(ROOT, name))):
                yield f"{row[0]}: no such test: {name}"


def main():
    tests = known_tests()
    problems = []
    for path, heading, rows_min in TABLES:
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            text = file.read()
        problems += problems_of(text, heading, rows_min, tests)
        # This test sees a name that is gone.
        if not list(problems_of(re.sub(r"`\w+\.(\w+)`", r"`Gone.\1`", text), heading, rows_min, tests)):
            problems.append(f"{path}: a test that is gone was not missed")
    for problem in problems:
        print(f"named tests: {problem}")
    print(f"named tests: {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
