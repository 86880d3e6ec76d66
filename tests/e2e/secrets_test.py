#!/usr/bin/python3
"""Secrets come from files that nobody else may read, and stay in the process: no core file holds them.

Usage: secrets_test.py BINARY_FOLDER
"""
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "deploy", "local"))
from suite import Suite, bare_environment  # noqa: E402

START_SECONDS = 20  # A program is up in well under a second; a loaded machine gets some grace.
# Every flag that names a file, by whether what is in it must be hidden. One that is in neither fails the test.
SECRET = {"database-file", "secret-file", "callers-file", "tls-key", "peer-key-file", "key-file", "smtp-credentials-file",
          "sms-credentials-file"}
PUBLIC = {"tls-cert", "tls-ca", "token-keys", "token-keys-ca", "simulated-clock"}
PROGRAMS = ("booking", "client-record", "notification", "notification-worker")
CORE_BYTES_MAX = 1 << 30


def allow_cores():
    """In the child, before it becomes the program: as on a machine where cores are wanted."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    most = CORE_BYTES_MAX if hard == resource.RLIM_INFINITY else hard
    resource.setrlimit(resource.RLIMIT_CORE, (most, hard))


def dumps_core(process):
    """Ends it as a crash does; whether the kernel wrote a core file."""
    process.send_signal(signal.SIGABRT)
    _, status = os.waitpid(process.pid, 0)
    process.returncode = status  # Reaped here: Popen must not wait for it again.
    return os.WCOREDUMP(status)


class SecretsTest(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory(prefix="stillpoint-secrets-")
        self.suite = Suite(os.path.join(self.place.name, "run"), BINARIES)
        self.suite.prepare()
        self.suite.make_certificates()
        self.suite.issue_tokens()
        self.suite.write_secret("peer.key", "nobody-knows-this-key\n")
        self.suite.write_secret("credentials", "user:password\n")
        for program in PROGRAMS:
            self.suite.write_secret(f"{program}.database", f"sqlite:{self.suite.path('data', program + '.db')}\n")

    def tearDown(self):
        self.suite.stop()
        self.place.cleanup()

    def files(self, program):
        """Each flag of `program` that names a file, with a good one."""
        key = self.suite.path("keys", "peer.key")
        credentials = self.suite.path("keys", "credentials")
        found = {"database-file": self.suite.path("keys", f"{program}.database"),
                 "secret-file": self.suite.path("keys", "booking.secret"),
                 "callers-file": self.suite.path("keys", "callers.json"),
                 "token-keys": self.suite.path("keys", "token-keys.json"),
                 "peer-key-file": key, "key-file": key, "smtp-credentials-file": credentials,
                 "sms-credentials-file": credentials, "simulated-clock": self.suite.path("clock"),
                 "tls-key": self.suite.path("tls", "booking.key"), "tls-cert": self.suite.path("tls", "booking.crt"),
                 "tls-ca": self.suite.path("tls", "ca.crt")}
        # Authorities of an issuer's URL are refused beside a file of its keys.
        return {flag: found[flag] for flag in self.file_flags(program) if flag != "token-keys-ca"}

    def file_flags(self, program):
        text = subprocess.run([self.suite.program(f"stillpoint-{program}"), "--help"], capture_output=True, text=True,
                              check=True, env=bare_environment(), timeout=START_SECONDS).stdout
        described = re.split(r"\n\s+--", text)[1:]
        return [entry.split()[0] for entry in described if re.search(r"\b[Ff]ile\b", entry.replace("\n", " "))]

    def start(self, program, **options):
        """Starts it with every file flag that it has; the address of its peers answers nobody."""
        command = [self.suite.program(f"stillpoint-{program}")]
        if program == "notification-worker":
            command += ["--notification", "127.0.0.1:1", "--smtp", "smtp://127.0.0.1:1", "--from", "a@b.example"]
        else:
            command += ["--trust-domain", "stillpoint.local", "--token-issuer", "https://id.example",
                        "--token-audience", "stillpoint"]
            peers = {"booking": ["client-record"], "client-record": ["booking"],
                     "notification": ["booking", "client-record"]}[program]
            command += [word for peer in peers for word in (f"--{peer}", "127.0.0.1:1")]
        command += [word for flag, path in self.files(program).items() for word in (f"--{flag}", path)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                   cwd=self.place.name, env=bare_environment(), text=True, **options)
        self.addCleanup(lambda: process.returncode is None and process.kill())  # Where an assertion failed.
        return process

    def test_every_flag_that_names_a_file_is_known_here(self):
        for program in PROGRAMS:
            flags = set(self.file_flags(program))
            self.assertEqual(flags - SECRET - PUBLIC, set(), program)
            self.assertGreaterEqual(len(flags & SECRET), 4, program)

    def test_a_secret_that_others_may_read_stops_the_start(self):
        for program in PROGRAMS:
            for flag, path in self.files(program).items():
                if flag not in SECRET:
                    continue
                for mode in (0o640, 0o604, 0o660):
                    os.chmod(path, mode)
                    process = self.start(program)
                    try:
                        _, said = process.communicate(timeout=START_SECONDS)
                    except subprocess.TimeoutExpired:
                        process.kill()
                        _, said = process.communicate()
                    os.chmod(path, 0o600)
                    self.assertEqual(process.returncode, 2, f"{program} --{flag} {mode:o}: {said}")
                    self.assertIn(path, said, f"{program} --{flag}")

    def test_a_crash_leaves_no_core_file(self):
        for program in PROGRAMS:
            process = self.start(program, preexec_fn=allow_cores)
            with process.stdout, process.stderr:
                # With files as they should be it starts, and says so in its first line.
                self.assertRegex(process.stdout.readline(), '"event":"(serving|working)"', program)
                with open(f"/proc/{process.pid}/limits", encoding="utf-8") as limits:
                    self.assertRegex(limits.read(), r"Max core file size +0 +0 ", program)
                self.assertFalse(dumps_core(process), program)
        # Where the kernel writes core files at all, the same death of another program leaves one.
        other = subprocess.Popen(["sleep", "60"], cwd=self.place.name, preexec_fn=allow_cores)
        time.sleep(0.2)
        print(f"secrets: a program of another kind {'leaves' if dumps_core(other) else 'leaves no'} core file here")


if __name__ == "__main__":
    BINARIES = sys.argv.pop(1)
    unittest.main()
