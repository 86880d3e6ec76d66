#!/usr/bin/python3
"""Plays the story and then looks for what must not be anywhere: people's data and secrets.

Usage: canaries.py
Read are, while everything still runs, the logs of all processes (the servers' at level debug), their command lines
and environments, all keys and values in Redis, the metrics pages, and the bytes of the databases. Personal data is
allowed in none of them, a secret neither; the mails and the files that hold the secrets show that a canary is found
where it is.
"""
import glob
import os
import re
import socket
import sys
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "deploy", "local"))
import play  # noqa: E402
import sample  # noqa: E402
from stage import StoryError  # noqa: E402

# Shorter words turn up in sealed bytes by chance: five bytes do once in a million runs.
WORD_BYTES_MIN = 5
SECONDS_MAX = 5
DEBUG = {name: ["--log-level", "debug"] for name in ("booking", "client-record", "notification")}


def personal():
    """{what: pattern} of the clients' data, of the sample's and the story's."""
    names = [name for name in sample.GIVEN + sample.FAMILY + ("Nora", "Otto", "Priya") if len(name) >= WORD_BYTES_MIN]
    names += ["Nora Example", "Otto Example", "Frost"]
    notes = [text for text in sample.NOTE.values() if isinstance(text, str) and len(text) > 2 * WORD_BYTES_MIN]
    answers = [*sample.SKULL_FRACTURE, *sample.ANTICOAGULANT, "Dr. J. Sample", "light-touch craniosacral"]
    return {
        "a client's name": any_of(names),
        "a client's phone": re.compile(rb"(780|404|506)\W?55501\d\d"),
        "a client's mail address": re.compile(rb"@mail\.example|%40mail\.example"),
        "a client's birth date": re.compile(rb"19[5-9]\d-\d\d-\d\d"),
        "a note's text": any_of(notes),
        "an answer of an intake": any_of(answers),
    }


def secrets_of(suite):
    """{what: pattern} of every key, token and secret of this run, as text and as bytes."""
    keys, raw = [], []
    for path in glob.glob(suite.path("keys", "*.key")):
        keys.append(read(path).strip())
    for path in glob.glob(suite.path("keys", "*.secret")):
        digits = read(path).strip()
        keys.append(digits)
        raw.append(bytes.fromhex(digits.decode()))
    pem = [line for path in glob.glob(suite.path("tls", "*.key")) + [suite.path("keys", "token-private.pem")]
           for line in read(path).splitlines() if len(line) > 32 and b"-----" not in line]
    return {"a key or a token": any_of(keys), "the bytes of a secret": any_of(raw),
            "a token's signature": any_of([key.rsplit(b".", 1)[-1] for key in keys if key.count(b".") == 2]),
            "a private key": any_of(pem), "a private key's frame": re.compile(rb"PRIVATE KEY-----")}


def any_of(words):
    encoded = {word if isinstance(word, bytes) else word.encode() for word in words}
    return re.compile(b"|".join(re.escape(word) for word in sorted(encoded)))


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Redis:
    """As much of the protocol as reading everything takes."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(SECONDS_MAX)
        self.socket.connect(path)
        self.file = self.socket.makefile("rb")

    def ask(self, *words):
        encoded = [word if isinstance(word, bytes) else word.encode() for word in words]
        self.socket.sendall(b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in encoded))
        return self.answer()

    def answer(self):
        line = self.file.readline().rstrip(b"\r\n")
        kind, rest = line[:1], line[1:]
        if kind == b"$":
            return self.file.read(int(rest) + 2)[:-2] if int(rest) >= 0 else b""
        if kind == b"*":
            return [self.answer() for _ in range(int(rest))]
        return rest

    def everything(self):
        reads = {b"string": ("GET",), b"hash": ("HGETALL",), b"set": ("SMEMBERS",), b"list": ("LRANGE", 0, -1),
                 b"zset": ("ZRANGE", 0, -1), b"stream": ("XRANGE", "-", "+")}
        for key in self.ask("KEYS", "*"):
            command, *more = reads[self.ask("TYPE", key)]
            yield key + b"\n" + repr(self.ask(command, key, *map(str, more))).encode() + b"\n"

    def close(self):
        self.file.close()
        self.socket.close()


def places(suite):
    """{where: bytes} of everything that outlives a call or that others can look at."""
    found = {}
    for path in glob.glob(suite.path("log", "*")):
        found[f"log {os.path.basename(path)}"] = read(path)
    for name, process in suite.processes.items():
        for part in ("cmdline", "environ"):
            try:
                found[f"{part} of {name}"] = read(f"/proc/{process.pid}/{part}")
            except PermissionError:
                found[f"{part} of {name}"] = b""  # Not even its own user may read it (KeepMemoryPrivate).
    for path in glob.glob(suite.path("data", "*")):
        found[f"file {os.path.basename(path)}"] = read(path)
    for name, port in suite.metrics.items():
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=SECONDS_MAX) as answer:
            found[f"metrics of {name}"] = answer.read()
    redis = Redis(suite.path("redis.sock"))
    found["Redis"] = b"".join(redis.everything())
    redis.close()
    return found


def looks_complete(found):
    """What is missing in what was read: a search of nothing finds nothing."""
    for what, least in (("file booking.db", 100_000), ("file client-record.db", 100_000), ("log booking.log", 1000),
                        ("file notification.db", 10_000), ("log client-record.log", 1000), ("Redis", 1000),
                        ("log notification.log", 1000), ("log worker.log", 0), ("metrics of worker", 100),
                        ("cmdline of booking", 100), ("cmdline of worker", 100), ("environ of booking", 0)):
        if what not in found or len(found[what]) < least:
            yield f"{what}: {len(found.get(what, b''))} bytes, {least} expected"
    if b"Stillwater Edmonton" not in b"".join(found[name] for name in found if name.startswith("file booking.db")):
        yield "the clinics' names, which are nobody's secret, are not in booking's database"


def sightings(canaries, where, content):
    for what, pattern in canaries.items():
        match = pattern.search(content)
        if match:
            around = content[max(0, match.start() - 60):match.end() + 20]
            yield f"{where}: {what}: {around!r}"


def look(suite):
    """Raises StoryError with all that was found."""
    canaries = {**personal(), **secrets_of(suite)}
    found = places(suite)
    problems = list(looks_complete(found))
    for where, content in found.items():
        problems += sightings(canaries, where, content)
    # Each pattern finds what it is made for, where that has to be.
    mails = b"".join(read(path) for path in glob.glob(suite.path("mail", "new", "*")))
    inputs = read(suite.path("platform.json")) + read(suite.path("note.json"))
    inputs += b"".join(read(path) for path in glob.glob(suite.path("intake-*.json")))
    held = b"".join(read(path) for part in ("keys", "tls") for path in glob.glob(suite.path(part, "*")))
    held += b"".join(bytes.fromhex(read(path).decode()) for path in glob.glob(suite.path("keys", "*.secret")))
    seen = {sighting.split(": ")[1] for sighting in sightings(canaries, "there", mails + inputs + held)}
    problems += [f"{what}: not even found where it is" for what in canaries if what not in seen]
    problems += [f"a core file: {path}" for path in glob.glob(suite.path("**", "core*"), recursive=True)]
    if problems:
        raise StoryError("\n".join(["what must not be there:"] + problems))
    size = sum(len(content) for content in found.values())
    print(f"canaries: {len(canaries)} kinds looked for in {len(found)} places, {size} bytes; none found")


if __name__ == "__main__":
    sys.exit(play.main(["--once"], DEBUG, look))
