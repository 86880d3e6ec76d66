"""What the story is told with: the command line, the clock, the mail box."""
import datetime
import email
import email.policy
import json
import os
import shlex
import subprocess
import time
import zoneinfo

MAIL_SECONDS = 30      # A mail arrives within a second or two; a loaded machine gets some grace.
QUIET_SECONDS = 0.8    # No new mail for this long: the queue is empty.
COMMAND_SECONDS = 30


class StoryError(Exception):
    """Something was not as it should be."""


class Stage:
    def __init__(self, suite):
        self.suite = suite
        self.seen_mails = {}

    # ---- telling

    def say(self, text):
        print(f"\n{self.clock_text()}  {text}", flush=True)

    def note(self, text):
        print(f"    {text}", flush=True)

    def require(self, condition, text):
        if not condition:
            raise StoryError(text)

    # ---- the clock

    def now(self):
        with open(self.suite.path("clock"), encoding="utf-8") as file:
            offset = int(file.read())
        return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(microseconds=offset)

    def clock_text(self):
        return self.now().astimezone(zoneinfo.ZoneInfo("America/Edmonton")).strftime("[%a %Y-%m-%d %H:%M Edmonton]")

    def clock_to(self, date, hour, minute, zone):
        self.clock_to_instant(datetime.datetime(date.year, date.month, date.day, hour, minute,
                                                tzinfo=zoneinfo.ZoneInfo(zone)))

    def clock_to_instant(self, instant):
        """Moves every service's clock. Never backwards: time does not do that."""
        offset = instant - datetime.datetime.now(datetime.timezone.utc)
        self.suite.set_clock(int(offset.total_seconds() * 1e6))
        time.sleep(0.05)  # Services read the file at most every 10 ms.

    # ---- the command line

    def run(self, caller, *words, organization="stillwater"):
        """Runs `stillpoint --json WORDS`; returns (exit code, answer or error)."""
        self.note("$ stillpoint " + " ".join(shlex.quote(word) for word in words) + f"    (as {caller})")
        return self.quiet_run(caller, *words, organization=organization)

    def quiet_run(self, caller, *words, organization="stillwater"):
        command = [self.suite.program("stillpoint"), "--json", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False,
                              env=dict(os.environ, **self.suite.environment(caller, organization)))
        text = done.stdout if done.returncode == 0 else done.stderr
        try:
            return done.returncode, json.loads(text or "{}")
        except json.JSONDecodeError as error:
            raise StoryError(f"{' '.join(words)}: not JSON: {text[-500:]}") from error

    def start_only(self, caller, *words):
        """Starts a command without waiting: for two callers at once."""
        return subprocess.Popen([self.suite.program("stillpoint"), "--json", *words], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True,
                                env=dict(os.environ, **self.suite.environment(caller)))

    def must(self, caller, *words, **options):
        code, answer = self.run(caller, *words, **options)
        self.require(code == 0, f"`{' '.join(words)}` should have worked: {answer}")
        return answer

    def refused(self, caller, reason, *words, **options):
        code, answer = self.run(caller, *words, **options)
        got = answer.get("error", {}).get("reason")
        self.require(code == 1 and got == reason, f"`{' '.join(words)}` should be refused with {reason}: {answer}")
        return answer["error"]

    # ---- the mail box

    def mails(self):
        folder = self.suite.path("mail", "new")
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            if name not in self.seen_mails:
                with open(os.path.join(folder, name), "rb") as file:
                    self.seen_mails[name] = email.message_from_binary_file(file, policy=email.policy.default)
        return list(self.seen_mails.values())

    def mails_to(self, address):
        return [mail for mail in self.mails() if address in str(mail["To"])]

    def wait_for_mails(self, address, count, what):
        deadline = time.monotonic() + MAIL_SECONDS
        while time.monotonic() < deadline:
            found = self.mails_to(address)
            if len(found) >= count:
                self.note(f"mail to {address}: \"{found[-1]['Subject']}\"")
                self.require(len(found) == count, f"{address} got {len(found)} mails where {count} are right")
                return found[-1]
            time.sleep(0.05)
        raise StoryError(f"{what}: {len(self.mails_to(address))} mails to {address} where {count} are right")

    def wait_until_quiet(self):
        """Until no mail has come for a while: nobody jumps the clock over a message in flight."""
        count, since = -1, time.monotonic()
        deadline = time.monotonic() + 4 * MAIL_SECONDS
        while time.monotonic() < deadline:
            now = len(self.mails())
            if now != count:
                count, since = now, time.monotonic()
            elif time.monotonic() - since > QUIET_SECONDS:
                return count
            time.sleep(0.05)
        raise StoryError("mails kept coming")
