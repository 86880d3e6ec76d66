#!/usr/bin/python3
"""Kills each process with -9 at random moments of a busy day; nothing may be lost and nothing done twice.

Usage: kill.py BINARY_FOLDER [SEED]    (the seed is printed; a given one repeats the run's choices)
Booking goes on throughout, each call retried with its own request id as a caller would. Afterwards: every booking
that was answered is there once; its confirmation was decided once and delivered once.
"""
import collections
import datetime
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "deploy", "local"))
import sample  # noqa: E402
from stage import Stage  # noqa: E402
from suite import Suite  # noqa: E402

BOOKINGS = 60
KILLS = 14
TRIES = 60          # Of one call, half a second apart: longer than any restart.
SETTLE_SECONDS = 90  # Leases of killed workers must run out before the rest is sent.
VICTIMS = ("booking", "client-record", "notification", "worker", "redis")


def start_times(count):
    """Different free times in the third week, one clinic after the other."""
    people = list(sample.PRACTITIONERS.items())
    found = []
    for day in range(14, 19):
        date = sample.FIRST_DAY + datetime.timedelta(days=day)
        for hour in (9, 11, 13, 15):
            for person, entry in people:
                clinic = next((c for c, days in entry[5].items() if date.weekday() in days), None)
                if clinic:
                    found.append((person, clinic, f"{date} {hour:02d}:00"))
    return found[:count * 4]


def book(stage, number, candidates, results):
    """Books one time, whatever dies meanwhile; keeps what the service answered."""
    person, clinic, start = candidates[number]
    words = ["book", "--client", f"client-{number:03d}", "--clinic", clinic, "--offering", "sacral", "--minutes", "45",
             "--practitioner", person, "--start", start, "--request-id", f"kill-{number}", "--timeout", "5"]
    for _ in range(TRIES):
        code, answer = stage.quiet_run("desk", *words)
        if code == 0:
            results[number] = answer["booking"]["name"]
            return
        if answer["error"]["code"] not in ("UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED"):
            results[number] = answer["error"]["reason"]
            return
        time.sleep(0.5)
    results[number] = "GAVE_UP"


def kill_some(suite, chance, done):
    for _ in range(KILLS):
        if done.wait(chance.uniform(0.1, 0.5)):
            return
        victim = chance.choice(VICTIMS)
        suite.kill(victim)
        if victim == "redis" and os.path.exists(suite.path("redis.sock")):
            os.unlink(suite.path("redis.sock"))
        time.sleep(chance.uniform(0, 0.3))
        suite.restart(victim)


def check(stage, results):
    problems = []
    booked = {number: name for number, name in results.items() if name.startswith("organizations/")}
    refused = collections.Counter(name for name in results.values() if not name.startswith("organizations/"))
    if set(refused) - {"SLOT_TAKEN"}:
        problems.append(f"refused without cause: {dict(refused)}")
    if len(set(booked.values())) != len(booked):
        problems.append("two answers name one booking")
    code, listed = stage.quiet_run("desk", "bookings", "--from", "2027-03-22", "--until", "2027-03-27")
    here = {b["name"]: b for b in listed["bookings"] if b["offering"].endswith("/sacral")}
    if code != 0 or set(here) != set(booked.values()):
        problems.append(f"answered {len(booked)}, stored {len(here)}")
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline:
        pending = [n for n in confirmations(stage, here) if n["state"] not in ("STATE_ACCEPTED", "STATE_OUTCOME_UNKNOWN")]
        if not pending and len(confirmations(stage, here)) == len(here):
            break
        time.sleep(0.5)
    final = confirmations(stage, here)
    per_booking = collections.Counter(n["booking"] for n in final)
    if set(per_booking) != set(here) or max(per_booking.values(), default=0) != 1:
        problems.append(f"{len(final)} confirmations for {len(here)} bookings")
    problems += check_mails(stage, final)
    states = collections.Counter(n["state"] for n in final)
    print(f"kill: {len(booked)} booked, {sum(refused.values())} refused as taken; confirmations: {dict(states)}")
    if len(booked) < BOOKINGS // 2:
        problems.append("too few bookings went through for the run to say anything")
    return problems


def check_mails(stage, final):
    """No mail twice, unless the service itself says that it may have been."""
    problems = []
    ids = collections.Counter(str(mail["Message-ID"]) for mail in stage.mails())
    by_id = {n.get("message_id"): n for n in final}
    for message_id, count in ids.items():
        note = by_id.get(message_id) or by_id.get(message_id.strip("<>"))
        if count > 1 and not (note and note.get("duplicate_risk")):
            problems.append(f"{message_id} was delivered {count} times and nothing says so")
    return problems


def confirmations(stage, bookings):
    listed = stage.quiet_run("desk", "notifications")[1].get("notifications", [])
    return [n for n in listed if n["kind"] == "KIND_CONFIRMATION" and n["booking"] in bookings]


def main():
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(1 << 30)
    print(f"kill: seed {seed}", flush=True)
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="stillpoint-kill-") as folder:
        suite = Suite(folder, sys.argv[1])
        suite.prepare()
        stage = Stage(suite)
        stage.clock_to(sample.FIRST_DAY, 2, 0, "America/Edmonton")
        try:
            suite.start()
            platform = sample.platform()
            platform["organizations"][0]["bookings"] = []
            path = suite.path("platform.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(platform, file)
            subprocess.run([suite.program("stillpoint"), "import", path], check=True, timeout=120,
                           env=dict(os.environ, **suite.environment("operator")))
            stage.clock_to(sample.FIRST_DAY, 8, 0, "America/Edmonton")
            candidates = start_times(BOOKINGS)
            chance.shuffle(candidates)
            results, done = {}, threading.Event()
            killer = threading.Thread(target=kill_some, args=(suite, chance, done))
            killer.start()
            callers = []
            for lane in range(4):
                numbers = range(lane, BOOKINGS, 4)
                callers.append(threading.Thread(
                    target=lambda ns=numbers: [book(stage, n, candidates, results) for n in ns]))
                callers[-1].start()
            for caller in callers:
                caller.join()
            done.set()
            killer.join()
            problems = check(stage, results)
        finally:
            suite.stop()
    for problem in problems:
        print(f"kill: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
