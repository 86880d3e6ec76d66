#!/usr/bin/python3
"""Every program that is shipped is built as common/cmake/StillpointToolchain.cmake says for releases.

Usage: check_hardening.py PROGRAM...   (reads them with readelf; says what each lacks)
What a program says of itself (GNU_PROPERTY IBT, SHSTK) is not asked for: the linker may say so only if every
object has it, and Debian 12's start-up objects have not. So the landing pads in our own code are counted;
the processor does not enforce them with these system libraries.
"""
import re
import subprocess
import sys

LANDING_PAD = b"\xf3\x0f\x1e\xfa"  # endbr64: where an indirect call or jump may arrive.
LANDING_PADS_MIN = 1000  # A program of ours has many thousand functions; without the flag only the C runtime has any.
STACK_PROBE = b"\x48\x83\x0c\x24\x00"  # orq $0, (%rsp): touches each page of a frame that has several.


def read(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def code_of(path):
    """The bytes of .text."""
    found = re.search(r"\] \.text\s+PROGBITS\s+[0-9a-f]+ ([0-9a-f]+) ([0-9a-f]+) ", read("readelf", "-SW", path))
    with open(path, "rb") as file:
        file.seek(int(found.group(1), 16))
        return file.read(int(found.group(2), 16))


def problems_of(path):
    """What `path` lacks, one sentence each."""
    header, segments = read("readelf", "-hW", path), read("readelf", "-lW", path)
    dynamic, symbols = read("readelf", "-dW", path), read("readelf", "--dyn-syms", "-W", path)
    if "DYN (Position-Independent Executable" not in header:
        yield "is not position-independent"
    if "GNU_RELRO" not in segments:
        yield "has no read-only relocations"
    if "BIND_NOW" not in dynamic and not re.search(r"\(FLAGS_1\).*\bNOW\b", dynamic):
        yield "binds late, so its tables stay writable"
    if "TEXTREL" in dynamic:
        yield "changes its own code when it starts"
    stack = [line.split() for line in segments.splitlines() if "GNU_STACK" in line]
    if not stack or "E" in stack[0][6]:
        yield "has an executable stack"
    if re.search(r"LOAD.* RWE ", segments):
        yield "has memory that can be written and run"
    if "__stack_chk_fail" not in symbols:
        yield "does not check its stack"
    if not re.search(r"__(?!stack_)\w+_chk@", symbols):
        yield "calls no checked function of the C library"
    if "X86-64" in header:
        if code_of(path).count(LANDING_PAD) < LANDING_PADS_MIN:
            yield "has no landing pads for indirect calls"


def main():
    failed = 0
    for path in sys.argv[1:]:
        for problem in problems_of(path):
            failed += 1
            print(f"{path}: {problem}")
    # Not every program has a frame of several pages.
    if not any(STACK_PROBE in code_of(path) for path in sys.argv[1:]):
        failed += 1
        print("no program touches the pages of a large stack frame one by one")
    print(f"hardening: {len(sys.argv) - 1} programs read, {failed} problems")
    return 1 if failed or len(sys.argv) < 2 else 0


if __name__ == "__main__":
    sys.exit(main())
