"""A day in the clinics, told step by step on the running suite. Every step checks what it shows."""
import datetime
import json
import time
import zoneinfo

import sample
from stage import StoryError  # noqa: F401  (re-exported for callers of play)

EDMONTON = zoneinfo.ZoneInfo("America/Edmonton")


def play(stage):
    stage.wait_until_quiet()
    stage.clock_to(sample.FIRST_DAY, 7, 30, "America/Edmonton")
    nora, otto, priya = intakes(stage)
    visit = first_visit(stage, nora)
    stopped_by_a_rule(stage, otto, visit)
    cleared_by_a_physician(stage, priya)
    race(stage, nora, priya)
    moved = across_the_change(stage, nora)
    nobody_elses_business(stage, visit)
    the_visit(stage, visit)
    the_reminder(stage, visit, moved)


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def local(text, zone=EDMONTON):
    return instant(text).astimezone(zone).strftime("%a %Y-%m-%d %H:%M %Z")


def add_client(stage, given, mail, answers):
    client = stage.must("partner", "client", "add", "--given", given, "--family", "Example", "--birth-date",
                        "1984-05-17", "--phone", f"+17805550{170 + len(given)}", "--email", mail, "--region", "CA",
                        "--zone", "America/Edmonton")["client"]
    path = stage.suite.path(f"intake-{given.lower()}.json")
    consents = [{"kind": f"KIND_{kind}", "granted": True, "source": "SOURCE_INTAKE"}
                for kind in ("TREATMENT", "DATA", "EMAIL")]
    with open(path, "w", encoding="utf-8") as file:
        json.dump(dict(answers, consents=consents), file)
    answer = stage.must("partner", "intake", "submit", client["name"], path)
    decision = answer["clearance"]["decision"]
    findings = ", ".join(f"{f['rule']} ({f['tier'].removeprefix('TIER_')})"
                         for f in answer["clearance"].get("findings", [])) or "no finding"
    stage.note(f"-> screening of {given}: {decision.removeprefix('DECISION_')}: {findings}")
    return dict(client, mail=mail, decision=decision)


def intakes(stage):
    stage.say("A partner's new clients fill in the intake questionnaire.")
    nora = add_client(stage, "Nora", "nora@mail.example", sample.clear_answers())
    otto = add_client(stage, "Otto", "otto@mail.example", sample.clear_answers(**sample.SKULL_FRACTURE))
    priya = add_client(stage, "Priya", "priya@mail.example", sample.clear_answers(**sample.ANTICOAGULANT))
    stage.require(nora["decision"] == "DECISION_CLEARED", "nothing stands in Nora's way")
    stage.require(otto["decision"] == "DECISION_BLOCKED", "a recent skull fracture must block")
    stage.require(priya["decision"] == "DECISION_BLOCKED", "anticoagulants need a physician's clearance")
    return nora, otto, priya


def next_times(stage, *more):
    slots = stage.must("partner", "next", "--offering", "craniosacral", "--minutes", "60", *more).get("slots")
    stage.require(slots, "there must be a free time")
    return slots


def slot_words(slot, client):
    return ["--client", client["name"], "--clinic", slot["clinic"], "--offering", "craniosacral", "--minutes", "60",
            "--practitioner", slot["practitioner"], "--start", slot["start_time"]]


def first_visit(stage, nora):
    stage.say("Next 60-minute craniosacral visit, biodynamic, at either of two clinics?")
    slots = next_times(stage, "--style", "biodynamic", "--clinic", "edmonton", "--clinic", "moncton")
    for slot in slots:
        where = slot["clinic"].split("/")[-1]
        stage.note(f"-> {slot['local_start']} at {where} with {slot['practitioner'].split('/')[-1]}")
    chosen = next((slot for slot in slots if slot["clinic"].endswith("/edmonton")), None)
    if chosen is None:
        chosen = next_times(stage, "--style", "biodynamic", "--clinic", "edmonton")[0]
    stage.say("Nora takes one: hold, confirm; the confirmation arrives by mail.")
    held = stage.must("partner", "hold", *slot_words(chosen, nora))["booking"]
    stage.note(f"-> {held['name'].split('/')[-1]} is held until {local(held['hold_expire_time'])}")
    confirmed = stage.must("partner", "confirm", held["name"])["booking"]
    stage.require(confirmed["state"] == "STATE_CONFIRMED", "the hold becomes a booking")
    stage.wait_for_mails(nora["mail"], 1, "the confirmation")
    return dict(confirmed, mail=nora["mail"], client_record=nora)


def stopped_by_a_rule(stage, otto, visit):
    stage.say("Otto had a skull fracture a month ago. He can hold a time, but nobody can confirm it.")
    slot = next_times(stage, "--clinic", visit["clinic"])[0]
    held = stage.must("desk", "hold", *slot_words(slot, otto))["booking"]
    error = stage.refused("desk", "CONTRAINDICATION_ABSOLUTE", "confirm", held["name"])
    stage.note(f"-> refused by rule {error['metadata']['rule']}, version {error['metadata']['rule_version']}")
    stage.must("desk", "release", held["name"])


def cleared_by_a_physician(stage, priya):
    stage.say("Priya takes an anticoagulant: first a physician's clearance, then the booking.")
    slot = next_times(stage, "--clinic", "edmonton")[0]
    held = stage.must("desk", "hold", *slot_words(slot, priya))["booking"]
    error = stage.refused("desk", "CLEARANCE_REQUIRED", "confirm", held["name"])
    until = (stage.now() + datetime.timedelta(days=180)).strftime("%Y-%m-%dT%H:%M:%SZ")
    stage.must("desk", "clearance", "attach", priya["name"], "--rule", error["metadata"]["rule"], "--issuer",
               "Dr. J. Sample, MD", "--document-date", "2027-03-05", "--scope", "light-touch craniosacral work",
               "--expires", until)
    confirmed = stage.must("desk", "confirm", held["name"])["booking"]
    stage.require(confirmed["state"] == "STATE_CONFIRMED", "with the clearance attached it goes through")
    stage.wait_for_mails(priya["mail"], 1, "the confirmation")


def race(stage, first, second):
    stage.say("Two callers want the same hour with the same practitioner, at the same moment.")
    slot = next_times(stage, "--clinic", "atlanta", "--practitioner", "esther-boone")[0]
    callers = [stage.start_only("desk", "book", *slot_words(slot, client)) for client in (first, second)]
    answers = [caller.communicate(timeout=30) + (caller.returncode,) for caller in callers]
    won = [json.loads(out) for out, _, code in answers if code == 0]
    lost = [json.loads(err)["error"] for _, err, code in answers if code != 0]
    stage.require(len(won) == 1 and len(lost) == 1, f"exactly one may win: {answers}")
    stage.require(lost[0]["reason"] == "SLOT_TAKEN", f"the other is told that it is taken: {lost[0]}")
    stage.note(f"-> one booked {won[0]['booking']['name'].split('/')[-1]}; the other: {lost[0]['reason']}, "
               f"{lost[0]['metadata']['resource']} {lost[0]['metadata']['resource_name'].split('/')[-1]}")
    alternatives = [a for a in lost[0]["metadata"].get("alternatives", "").split(",") if a]
    stage.require(alternatives, "the nearest alternatives are named")
    for alternative in alternatives:
        stage.note(f"   instead: {local(alternative, zoneinfo.ZoneInfo('America/New_York'))}")


def notifications_of(stage, booking, kind):
    answer = stage.quiet_run("desk", "notifications", "--booking", booking["name"])[1]
    return [n for n in answer.get("notifications", []) if n["kind"] == f"KIND_{kind}"]


def live_reminder(stage, booking, revision):
    """The one reminder that is still to be sent, once the booking's last event has been relayed."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        live = [n for n in notifications_of(stage, booking, "REMINDER") if n["state"] == "STATE_SCHEDULED"]
        if len(live) == 1 and int(live[0]["booking_revision"]) == revision:
            return live[0]
        time.sleep(0.05)
    raise StoryError(f"there is not exactly one live reminder for revision {revision} of {booking['name']}")


def across_the_change(stage, nora):
    stage.say("Nora's second visit is on Friday. She moves it to Monday, across the change to daylight saving time.")
    friday = next_times(stage, "--clinic", "edmonton", "--from", "2027-03-12", "--until", "2027-03-13")[0]
    monday = next_times(stage, "--clinic", "edmonton", "--from", "2027-03-15", "--until", "2027-03-16")[-1]
    booked = stage.must("desk", "book", *slot_words(friday, nora))["booking"]
    before = live_reminder(stage, booked, int(booked["revision"]))
    stage.note(f"-> booked {local(booked['start_time'])}; reminder due {local(before['due_time'])}")
    moved = stage.must("desk", "move", booked["name"], "--start", monday["start_time"], "--practitioner",
                       monday["practitioner"])["booking"]
    stage.require(moved["name"] == booked["name"], "a moved booking keeps its identity")
    after = live_reminder(stage, moved, int(moved["revision"]))
    stage.note(f"-> moved to {local(moved['start_time'])}; reminder due {local(after['due_time'])}")
    lead = instant(moved["start_time"]) - instant(after["due_time"])
    stage.require(lead == datetime.timedelta(hours=24), f"24 elapsed hours before, not {lead}")
    stage.wait_until_quiet()
    return dict(moved, mail=nora["mail"], mails=len(stage.mails_to(nora["mail"])), reminder=after)


def nobody_elses_business(stage, visit):
    stage.say("The other organization asks for Nora's booking, and for one that does not exist.")
    theirs = stage.refused("small-desk", "NOT_FOUND", "show", visit["name"], organization="quiet-hands")
    nothing = stage.refused("small-desk", "NOT_FOUND", "show", "organizations/stillwater/bookings/zzzzzzzz",
                            organization="quiet-hands")
    stage.require(theirs == nothing, "both answers are the same")


def the_visit(stage, visit):
    stage.clock_to_instant(instant(visit["start_time"]) - datetime.timedelta(minutes=10))
    stage.say("Ten minutes before her visit Nora is checked in.")
    stage.must("desk", "check-in", visit["name"])
    stage.clock_to_instant(instant(visit["start_time"]))
    practitioner = visit["practitioner"].split("/")[-1]
    stage.must(practitioner, "start", visit["name"])
    stage.clock_to_instant(instant(visit["end_time"]))
    stage.say("The session is over. The practitioner writes the note, signs it, completes the visit.")
    path = stage.suite.path("note.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(sample.NOTE, file)
    note = stage.must(practitioner, "note", "draft", visit["client_record"]["name"], "--booking", visit["name"],
                      "--file", path)["note"]
    signed = stage.must(practitioner, "note", "sign", note["name"])["note"]
    stage.require(signed["state"] == "STATE_SIGNED" and signed["signature"], "the note is signed")
    stage.note(f"-> signed; signature {signed['signature'][:24]}...")
    before = len(stage.mails_to(visit["mail"]))
    stage.must(practitioner, "complete", visit["name"])
    stage.wait_for_mails(visit["mail"], before + 1, "the aftercare")
    follow_up = notifications_of(stage, visit, "FOLLOW_UP")
    stage.require(len(follow_up) == 1 and follow_up[0]["state"] == "STATE_SCHEDULED", "a follow-up is scheduled")
    stage.note(f"-> follow-up due {local(follow_up[0]['due_time'])}")


def let_time_pass(stage, until):
    """Three looks a day, in daytime: what falls due is sent before it is too late to be of use."""
    now = stage.now().astimezone(EDMONTON)
    for day in range((until - now).days + 2):
        for hour, minute in ((9, 5), (13, 5), (17, 0)):
            look = datetime.datetime.combine(now.date() + datetime.timedelta(days=day), datetime.time(hour, minute),
                                             tzinfo=EDMONTON)
            if stage.now() < look < until:
                stage.clock_to_instant(look)
                stage.wait_until_quiet()


def the_reminder(stage, visit, moved):
    due = instant(moved["reminder"]["due_time"])
    before = len(stage.mails_to(moved["mail"]))
    stage.say("Two days later the follow-up asks how she is.")
    follow_up = notifications_of(stage, visit, "FOLLOW_UP")[0]
    let_time_pass(stage, instant(follow_up["due_time"]))
    stage.clock_to_instant(instant(follow_up["due_time"]) + datetime.timedelta(minutes=1))
    stage.wait_for_mails(moved["mail"], before + 1, "the follow-up")
    stage.say("Days pass. The reminder of the moved visit waits for its new time; everybody else's go out.")
    let_time_pass(stage, due)
    stage.wait_until_quiet()
    stage.require(len(stage.mails_to(moved["mail"])) == before + 1, "no reminder may go out for the old time")
    stage.clock_to_instant(due)
    stage.say("24 hours before the moved visit: its reminder, once.")
    stage.wait_for_mails(moved["mail"], before + 2, "the reminder")
    stage.wait_until_quiet()
    why = stage.must("desk", "why", moved["reminder"]["name"])
    for decision in why["notification"].get("decisions", []):
        stage.note(f"   {local(decision['decide_time'])}  {decision['to_state'].removeprefix('STATE_')}: "
                   f"{decision['reason']}")
