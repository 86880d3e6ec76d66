#!/usr/bin/python3
"""Kills each process with -9 at random moments of a busy day; nothing may be lost and nothing done twice.

Usage: kill.py BINARY_FOLDER    (the seed is printed; TEST_SEED repeats the run's choices)
Holding, confirming, booking, moving, cancelling, new clients and their intakes go on throughout, each call retried
with its own request id as a caller would. Afterwards: every booking that was answered is there once, in the state
that was answered; of its messages one of each kind is live at most; no mail was delivered twice unless the service
itself says that it may have been; every client is there once with its one intake; the audit chain is whole.
"""
import collections
import datetime
import itertools
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

BOOKINGS = 160
CLIENTS = 40
KILLS = 20
PAUSE_SECONDS = 0.1  # Between a caller's steps, so that the kills fall among them.
TRIES = 60          # Of one call, half a second apart: longer than any restart.
SETTLE_SECONDS = 60
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
                if clinic and not sample.is_closed(clinic, date):
                    found.append((person, clinic, f"{date} {hour:02d}:00"))
    return found[:count * 4]


def call(stage, request_id, *words):
    """One call, made again with its request id until it is answered, whatever dies meanwhile."""
    for _ in range(TRIES):
        code, answer = stage.quiet_run("desk", *words, "--request-id", request_id, "--timeout", "5")
        if code == 0:
            return answer, ""
        if answer["error"]["code"] not in ("UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED"):
            return None, answer["error"]["reason"]
        time.sleep(0.5)
    return None, "GAVE_UP"


def booking_call(stage, request_id, *words):
    answer, reason = call(stage, request_id, *words)
    return answer and answer["booking"], reason


def book(stage, number, candidates):
    """Books one time, every other by a hold. Said again, it is the same request."""
    person, clinic, start = candidates[number]
    return booking_call(stage, f"book-{number}", "hold" if number % 2 == 1 else "book",
                        "--client", f"client-{number:03d}", "--clinic", clinic, "--offering", "sacral",
                        "--minutes", "45", "--practitioner", person, "--start", start)


def live(stage, number, candidates, results):
    """Books one time; every third booking is then moved a week, every third cancelled."""
    start = candidates[number][2]
    by_hold = number % 2 == 1
    booked, reason = book(stage, number, candidates)
    if booked and by_hold:
        booked, reason = booking_call(stage, f"confirm-{number}", "confirm", booked["name"])
    results[number] = booked or reason
    time.sleep(PAUSE_SECONDS)
    if not booked or number % 3 == 0:
        return
    if number % 3 == 1:
        changed, reason = booking_call(stage, f"cancel-{number}", "cancel", booked["name"])
    else:
        day = datetime.date.fromisoformat(start[:10]) + datetime.timedelta(days=7)
        changed, reason = booking_call(stage, f"move-{number}", "move", booked["name"], "--start", f"{day}{start[10:]}")
    if changed:
        results[number] = changed
    elif reason != "SLOT_TAKEN":
        results[number] = reason


def phone_of(number):
    return f"+1780555{2000 + number}"


def add_client(stage, number):
    return call(stage, f"client-{number}", "client", "add", "--given", f"Person{number}", "--family", "Kill",
                "--birth-date", "1984-05-17", "--phone", phone_of(number), "--region", "CA",
                "--zone", "America/Edmonton")


def register(stage, number, intake, people):
    """A new client and her intake."""
    made, reason = add_client(stage, number)
    if made:
        done, reason = call(stage, f"intake-{number}", "intake", "submit", made["client"]["name"], intake)
    people[number] = made["client"]["name"] if made and done else reason


def check_replays(stage, candidates, results, people):
    """A request that was answered gives the same answer again, whatever was killed since."""
    problems = []
    for number in range(0, BOOKINGS, 5):
        first = results[number]
        if isinstance(first, dict):
            again, reason = book(stage, number, candidates)
            if not again or again["name"] != first["name"]:
                problems.append(f"book-{number} said again: {again or reason}, not {first['name']}")
    for number in range(0, CLIENTS, 5):
        again, reason = add_client(stage, number)
        if not again or again["client"]["name"] != people.get(number):
            problems.append(f"client-{number} said again: {again or reason}, not {people.get(number)}")
    return problems


def check_records(stage, people):
    """Every client once, cleared by the one intake; nothing missing from the audit chain."""
    problems = [f"client {number}: {name}" for number, name in people.items() if "/" not in name]
    for number, name in people.items():
        found = stage.quiet_run("desk", "client", "find", "--phone", phone_of(number))[1].get("clients", [])
        if [client["name"] for client in found] != [name]:
            problems.append(f"client {number}: answered {name}, found {[client['name'] for client in found]}")
            continue
        clearance = stage.quiet_run("desk", "clearance", "show", name, "--modality", "craniosacral")[1]
        if clearance.get("clearance", {}).get("decision") != "DECISION_CLEARED":
            problems.append(f"client {number}: her intake is not what it was: {clearance}")
    code, verdict = stage.quiet_run("auditor", "audit-verify")
    if code != 0 or not verdict.get("intact"):
        problems.append(f"the audit chain: {verdict}")
    return problems


def kill_some(suite, chance, killed):
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.05, 0.4))
        victim = chance.choice(VICTIMS)
        suite.kill(victim)
        if victim == "redis" and os.path.exists(suite.path("redis.sock")):
            os.unlink(suite.path("redis.sock"))
        time.sleep(chance.uniform(0, 0.3))
        suite.restart(victim)
        killed.append(victim)


def check(stage, results):
    problems = []
    booked = {b["name"]: b for b in results.values() if isinstance(b, dict)}
    refused = collections.Counter(r for r in results.values() if isinstance(r, str))
    if set(refused) - {"SLOT_TAKEN"}:
        problems.append(f"refused without cause: {dict(refused)}")
    if len(booked) + sum(refused.values()) != BOOKINGS:
        problems.append("two answers name one booking")
    code, listed = stage.quiet_run("desk", "bookings", "--from", "2027-03-22", "--until", "2027-04-03")
    here = {b["name"]: b for b in listed.get("bookings", []) if b["offering"].endswith("/sacral")}
    if code != 0 or set(here) != set(booked):
        problems.append(f"answered {len(booked)}, stored {len(here)}")
    for name, answer in booked.items():
        stored = here.get(name, {})
        if any(stored.get(key) != answer[key] for key in ("state", "revision", "start_time")):
            problems.append(f"{name}: answered {answer['state']} r{answer['revision']}, stored {stored}")
    final = settled(stage, here)
    problems += check_messages(here, final) + check_mails(stage, final)
    states = collections.Counter(f"{n['kind'][5:]} {n['state'][6:]}" for n in final)
    print(f"kill: {len(booked)} booked, {sum(refused.values())} refused as taken")
    print(f"kill: messages: {dict(sorted(states.items()))}")
    if len(booked) < BOOKINGS // 2:
        problems.append("too few bookings went through for the run to say anything")
    return problems


LOOKS_PER_STEP = 10  # Half a second each.
UNSETTLED = {f"STATE_{state}" for state in ("LEASED", "CHECKED", "SUBMITTING", "RETRY")}


def settled(stage, bookings):
    """All messages of `bookings`, once nothing more is about to happen to them. The clock is moved on now and
    then, so that a retry that waits for its time gets it."""
    deadline = time.monotonic() + SETTLE_SECONDS
    for look in itertools.count(1):
        if look % LOOKS_PER_STEP == 0:
            stage.clock_to_instant(stage.now() + datetime.timedelta(minutes=15))
        listed = stage.quiet_run("desk", "notifications")[1].get("notifications", [])
        ours = [n for n in listed if n["booking"] in bookings]
        now_due = [n for n in ours if n["state"] in UNSETTLED or
                   (n["state"] == "STATE_SCHEDULED" and n["kind"] in ("KIND_CONFIRMATION", "KIND_CHANGE"))]
        if (not now_due and {n["booking"] for n in ours} == set(bookings)) or time.monotonic() > deadline:
            return ours
        time.sleep(0.5)


def check_messages(bookings, final):
    """Each live booking has exactly one reminder to come, for its present revision; a cancelled one has none."""
    problems = []
    for name, booking in bookings.items():
        waiting = [n for n in final if n["booking"] == name and n["kind"] == "KIND_REMINDER"
                   and n["state"] == "STATE_SCHEDULED"]
        want = 1 if booking["state"] == "STATE_CONFIRMED" else 0
        if len(waiting) != want or any(n["booking_revision"] != booking["revision"] for n in waiting):
            problems.append(f"{name} ({booking['state']}): {len(waiting)} reminders to come where {want} is right")
        told = [n for n in final if n["booking"] == name and n["kind"] in ("KIND_CONFIRMATION", "KIND_CHANGE")
                and n["state"] in ("STATE_ACCEPTED", "STATE_OUTCOME_UNKNOWN")]
        if want and not told:
            problems.append(f"{name}: nobody was told")
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


def main():
    seed = int(os.environ.get("TEST_SEED") or random.SystemRandom().randrange(1 << 30))
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
            results, killed = {}, []
            threads = [threading.Thread(target=kill_some, args=(suite, chance, killed))]
            people, intake = {}, suite.path("intake.json")
            with open(intake, "w", encoding="utf-8") as file:
                json.dump(sample.clear_answers(), file)
            threads.append(threading.Thread(
                target=lambda: [register(stage, n, intake, people) for n in range(CLIENTS)]))
            for lane in range(4):
                numbers = range(lane, BOOKINGS, 4)
                threads.append(threading.Thread(
                    target=lambda ns=numbers: [live(stage, n, candidates, results) for n in ns]))
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            print(f"kill: killed {dict(collections.Counter(killed))}")
            # Leases that killed workers took with them run out; then others send what is left.
            stage.wait_until_quiet()
            stage.clock_to(sample.FIRST_DAY, 9, 0, "America/Edmonton")
            problems = check_replays(stage, candidates, results, people) + check(stage, results)
            problems += check_records(stage, people)
            if len(people) != CLIENTS:
                problems.append(f"{len(people)} of {CLIENTS} clients were tried")
        finally:
            suite.stop()
    for problem in problems:
        print(f"kill: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
