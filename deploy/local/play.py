#!/usr/bin/python3
"""Starts the suite, plays the day, shows the figures, and keeps it running until Ctrl-C.

Usage: play.py [--once]   (deploy/local/run builds first and calls this)
"""
import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import figures  # noqa: E402
import sample  # noqa: E402
from stage import Stage, StoryError  # noqa: E402
from story import play  # noqa: E402
from suite import ROOT, Suite, SuiteError  # noqa: E402


def addresses(suite):
    rows = [(f"{name} (gRPC)", f"127.0.0.1:{port}") for name, port in suite.ports.items()]
    rows += [(f"{name} metrics", f"http://127.0.0.1:{port}/metrics") for name, port in suite.metrics.items()]
    rows += [("mail server", f"127.0.0.1:{suite.smtp_port}, mails in {os.path.relpath(suite.path('mail', 'new'))}"),
             ("Redis", f"unix socket {os.path.relpath(suite.path('redis.sock'))}"),
             ("data, logs, keys", os.path.relpath(suite.folder))]
    return rows


def write_environment(suite):
    """A file to source, so that the next command a reader types works."""
    lines = [f"export {key}={shlex.quote(value)}" for key, value in suite.environment("desk").items()]
    lines.append(f"export PATH={shlex.quote(suite.binaries)}:$PATH")
    with open(suite.path("env"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def load_sample(suite, stage):
    path = suite.path("platform.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(sample.platform(), file, indent=1, ensure_ascii=False)
    stage.say("Two organizations are imported: clinics, rooms, practitioners, offerings, clients with their "
              "intakes, four weeks of bookings.")
    started = time.monotonic()
    subprocess.run([suite.program("stillpoint"), "import", path], check=True, timeout=120,
                   env=dict(os.environ, **suite.environment("operator")))
    stage.note(f"imported in {time.monotonic() - started:.1f} s")


def run(once, extra_flags, look):
    practitioners = {person: (f"organizations/stillwater/practitioners/{person}", "practitioner", "stillwater")
                     for person in sample.PRACTITIONERS}
    suite = Suite(os.path.join(ROOT, ".run"), os.path.join(ROOT, ".build", "release", "bin"), practitioners,
                  extra_flags)
    suite.prepare()
    stage = Stage(suite)
    try:
        stage.clock_to(sample.FIRST_DAY, 2, 0, "America/Edmonton")
        print("start: Redis, SMTP server, client-record, booking, notification, worker", flush=True)
        suite.start()
        write_environment(suite)
        load_sample(suite, stage)
        play(stage)
        figures.show(suite, stage)
        if look:
            look(suite)
        print("\nAddresses")
        for name, where in addresses(suite):
            print(f"  {name:<24} {where}")
        if not once:
            print("\nEverything keeps running. In another terminal:  . .run/env && stillpoint next "
                  "--offering craniosacral --minutes 60\nCtrl-C stops all of it.", flush=True)
            ends = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
            signal.pthread_sigmask(signal.SIG_BLOCK, ends)
            signal.sigwait(ends)
        return 0
    finally:
        with contextlib.suppress(OSError):  # The terminal may be gone; what was started must end.
            print("stop: ending every process", flush=True)
        suite.stop()


def main(words, extra_flags=None, look=None):
    """`extra_flags`: {service: more of its flags}. `look(suite)` is called after the story, while all runs."""
    once = words == ["--once"]
    if words not in ([], ["--once"]):
        print(__doc__, file=sys.stderr)
        return 2
    for sign in (signal.SIGTERM, signal.SIGHUP):  # HUP: the terminal was closed.
        signal.signal(sign, lambda number, _: sys.exit(128 + number))
    try:
        return run(once, extra_flags, look)
    except (SuiteError, StoryError, subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        print(f"\nnot as it should be: {error}\nlogs: .run/log", file=sys.stderr)
        return 1
    except OSError as error:  # A full disk, a program that is missing, a folder that is another user's.
        print(f"\nnot possible on this machine: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
