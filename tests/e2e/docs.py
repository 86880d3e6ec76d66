#!/usr/bin/python3
"""Runs every command that the READMEs show, against a running suite, and some that a stranger gets wrong.

Usage: docs.py BINARY_FOLDER
A fenced block marked `sh` in README.md or protos/README.md is run line by line in one bash, with the suite up and
the sample loaded. Lines that would set up or test the whole machine again are run elsewhere (tests/run itself
and the story test), and are listed here so that nothing is left out by accident. At last the zone of one clinic
changes, as deploy/README.md says what to do then.
"""
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "deploy", "local"))
import sample  # noqa: E402
from stage import Stage  # noqa: E402
from suite import Suite  # noqa: E402

ELSEWHERE = ("./deploy/local/run", "./tests/run", "deploy/local/run", "tests/run", "tests/bench/run", "cmake --preset",
             "git clone", "podman build", "kubectl apply", ". .run/env")
COMMAND_SECONDS = 60


def blocks(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return re.findall(r"^```sh\n(.*?)^```", file.read(), re.MULTILINE | re.DOTALL)


def commands(path):
    """The lines of all blocks; a line that ends in a backslash goes on in the next."""
    for block in blocks(path):
        for line in block.replace("\\\n", " ").splitlines():
            line = line.split("  #")[0].strip()
            if line and not line.startswith("#") and not line.startswith(ELSEWHERE):
                yield line


NEXT = ["next", "--offering", "craniosacral", "--minutes", "60"]
# What a stranger types: words, exit code, and what the answer must say.
MISTAKES = (
    (["nxt"], 2, "no command `nxt`"),
    ([], 2, "--help"),
    (["next", "--offering", "nothing", "--minutes", "60"], 1, "next: list what there is"),
    (["next", "--offering", "craniosacral", "--minutes", "61"], 1, "filter.duration_minutes"),
    (["show", "no-such-booking"], 1, "check the name and --organization"),
    (["--booking", "127.0.0.1:1", *NEXT], 1, "is the service running?"),
    (["--key-file", "/nonexistent", *NEXT], 1, "/nonexistent"),
    (["--key-file", "{other}", *NEXT], 1, "does not know this key"),
    (["--key-file", "", *NEXT], 1, "give --key-file or set STILLPOINT_KEY_FILE"),
    (["--organization", "", *NEXT], 1, "give --organization or set STILLPOINT_ORGANIZATION"),
    (["import", "/nonexistent"], 1, "cannot read /nonexistent"),
)


def make_mistakes(suite):
    """Number of mistakes that are not answered as MISTAKES says."""
    suite.write_secret("unknown.key", "nobody-knows-this-key\n")
    wrong = 0
    for words, code, says in MISTAKES:
        command = [word.format(other=suite.path("keys", "unknown.key")) for word in words]
        done = subprocess.run([suite.program("stillpoint"), *command], check=False, capture_output=True, text=True,
                              env=dict(os.environ, **suite.environment("desk")), timeout=COMMAND_SECONDS)
        if done.returncode != code or says not in done.stderr:
            wrong += 1
            print(f"stillpoint {' '.join(words)}: exit {done.returncode} where {code} is right, or the answer lacks "
                  f"\"{says}\": {done.stderr}")
    print(f"docs: {len(MISTAKES)} mistakes made, {wrong} answered badly")
    return wrong


def run_all(suite, binaries):
    environment = dict(os.environ, **suite.environment("desk"))
    environment["PATH"] = f"{binaries}:{ROOT}/tests/npm/node_modules/.bin:{environment['PATH']}"
    code, listed = Stage(suite).quiet_run("desk", "notifications", "--state", "scheduled")
    assert code == 0, listed
    environment["NOTIFICATION"] = listed["notifications"][0]["name"]
    with open(suite.path("keys", "desk.key"), encoding="utf-8") as file:
        environment["KEY"] = file.read().strip()
    failed, ran = 0, 0
    for path in ("README.md", "protos/README.md"):
        for line in commands(path):
            done = subprocess.run(["bash", "-o", "pipefail", "-c", line], env=environment, cwd=ROOT, check=False,
                                  capture_output=True, text=True, timeout=COMMAND_SECONDS)
            ran += 1
            if done.returncode != 0 or not (done.stdout or line.startswith("source")):
                failed += 1
                print(f"{path}: {line}\n  exit {done.returncode}: {done.stdout[-500:]}{done.stderr[-800:]}")
    print(f"docs: {ran} commands run, {failed} failed")
    return 1 if failed or ran < 5 else 0


def set_ways(suite):
    """Number of things that the commands about the ways between clinics get wrong."""
    stage = Stage(suite)
    wrong = 0
    for words, ways in (
            (["set-travel-time", "moncton", "atlanta", "480"], [("atlanta", "moncton", 480)]),
            (["set-travel-time", "edmonton", "atlanta", "240"], [("atlanta", "edmonton", 240), ("atlanta", "moncton", 480)]),
            (["set-travel-time", "atlanta", "moncton", "470"], [("atlanta", "edmonton", 240), ("atlanta", "moncton", 470)]),
            (["set-travel-time", "moncton", "edmonton", "7"], None),
            (["travel-times"], [("atlanta", "edmonton", 240), ("atlanta", "moncton", 470)]),
            (["set-travel-time", "moncton", "atlanta", "0"], [("atlanta", "edmonton", 240)]),
            (["set-travel-time", "atlanta", "edmonton", "0"], [])):
        code, answer = stage.quiet_run("owner", *words)
        found = None if code else sorted(
            (*sorted(way[end].rsplit("/", 1)[1] for end in ("clinic", "other_clinic")), way["minutes"])
            for way in answer["organization"].get("travel_times", []))
        if found != ways:
            wrong += 1
            print(f"stillpoint {' '.join(words)}: {found} where {ways} is right: {answer}")
    return wrong


ZONES = "/usr/share/zoneinfo"
CHANGED = "America/Moncton"  # From now on an hour later: its clock is New York's.


def reminder_of(stage, booking):
    """When the client will be reminded of a booking, by its newest revision."""
    code, listed = stage.quiet_run("desk", "notifications", "--booking", booking.rsplit("/", 1)[1], "--state", "scheduled")
    assert code == 0, listed
    found = [each["due_time"] for each in listed.get("notifications", []) if each["kind"] == "KIND_REMINDER"]
    return datetime.datetime.fromisoformat(found[0]) if found else None


def change_zone(suite):
    """Number of things that are not as they should be after a zone has changed."""
    stage = Stage(suite)
    zones = suite.path("zoneinfo")
    for name in {CHANGED, *(zone for _, _, zone, _ in sample.CLINICS.values())}:
        os.makedirs(os.path.dirname(os.path.join(zones, name)), exist_ok=True)
        source = "America/New_York" if name == CHANGED else name
        shutil.copyfile(os.path.join(ZONES, source), os.path.join(zones, name))
    suite.processes["booking"].terminate()
    suite.processes["booking"].wait(COMMAND_SECONDS)
    os.environ["TZDIR"] = zones
    suite.restart("booking")
    del os.environ["TZDIR"]
    code, foretold = stage.quiet_run("owner", "follow-zones", "--dry-run")
    assert code == 0, foretold
    code, done = stage.quiet_run("owner", "follow-zones")
    assert code == 0, done
    code, again = stage.quiet_run("owner", "follow-zones")
    assert code == 0, again
    what = [[(move["booking"]["name"], move["start_time"], move.get("reason")) for move in report.get("moves", [])]
            for report in (foretold, done, again)]
    assert what[1], done
    print(f"docs: {CHANGED} changed, {len(what[1])} of {done['seen']} bookings moved")
    problems = [text for text, wrong in (
        ("the dry run says something else", what[0] != what[1] or foretold["seen"] != done["seen"]),
        ("what has moved moves again", what[2]),
        ("something stays", any(reason for _, _, reason in what[1])),
        ("another zone's moved", any(move["booking"]["zone"] != CHANGED for move in done["moves"]))) if wrong]
    # The last one of all, so that nobody has been reminded of it yet.
    move = done["moves"][0]
    due = datetime.datetime.fromisoformat(move["start_time"]) - datetime.timedelta(hours=24)
    deadline = time.monotonic() + COMMAND_SECONDS
    while reminder_of(stage, move["booking"]["name"]) != due and time.monotonic() < deadline:
        time.sleep(0.1)
    if reminder_of(stage, move["booking"]["name"]) != due:
        problems.append("the reminder has not moved")
    for text in problems:
        print(f"follow-zones: {text}: {what}")
    return len(problems)


def main():
    binaries = sys.argv[1]
    with tempfile.TemporaryDirectory(prefix="stillpoint-docs-") as folder:
        suite = Suite(folder, binaries)
        suite.prepare()
        stage = Stage(suite)
        stage.clock_to(sample.FIRST_DAY, 2, 0, "America/Edmonton")
        try:
            suite.start()
            path = suite.path("platform.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(sample.platform(), file)
            subprocess.run([suite.program("stillpoint"), "import", path], check=True, timeout=120,
                           env=dict(os.environ, **suite.environment("operator")))
            stage.clock_to(sample.FIRST_DAY, 7, 30, "America/Edmonton")
            wrong = run_all(suite, binaries) + make_mistakes(suite) + set_ways(suite) + change_zone(suite)
            return 1 if wrong else 0
        finally:
            suite.stop()


if __name__ == "__main__":
    sys.exit(main())
