#!/usr/bin/python3
"""The local suite's folder: one run at a time, nothing left of one that was killed. Starts no services."""
import os
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "deploy", "local"))
from suite import Suite, SuiteError, command_of  # noqa: E402


class SuiteFolderTest(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory(prefix="stillpoint-suite-")
        self.folder = os.path.join(self.place.name, "run")
        self.first = Suite(self.folder, "")
        self.first.prepare()

    def tearDown(self):
        self.first.stop()
        self.place.cleanup()

    def sleeper(self, *words):
        return [sys.executable, "-c", "import time; time.sleep(300)", *words]

    def killed(self):
        """The first run as kill -9 leaves it: its processes live, its lock is gone."""
        self.first.lock.close()

    def test_a_second_run_is_refused_and_clears_nothing(self):
        with self.assertRaisesRegex(SuiteError, "another run"):
            Suite(self.folder, "").prepare()
        self.assertTrue(os.path.exists(self.first.path("keys", "partner.key")))

    def test_what_a_killed_run_left_is_ended_and_removed(self):
        self.first.spawn("sleeper", self.sleeper(self.folder))
        while self.folder not in command_of(self.first.processes["sleeper"].pid):
            time.sleep(0.01)  # Just after its start a process shows no command yet.
        with open(self.first.path("data", "old.db"), "w", encoding="utf-8"):
            pass
        self.killed()
        second = Suite(self.folder, "")
        second.prepare()
        self.assertIsNotNone(self.first.processes["sleeper"].wait(5))
        self.assertFalse(os.path.exists(second.path("data", "old.db")))

    def test_a_process_that_is_not_ours_lives_on(self):
        stranger = subprocess.Popen(self.sleeper())
        try:
            with open(self.first.path("processes"), "a", encoding="utf-8") as file:
                file.write(f"{stranger.pid}\n")
            self.killed()
            Suite(self.folder, "").prepare()
            self.assertIsNone(stranger.poll())
        finally:
            stranger.kill()
            stranger.wait()

    def test_a_path_too_long_for_a_socket_is_said_at_once(self):
        with self.assertRaisesRegex(SuiteError, "too long"):
            Suite(os.path.join(self.place.name, "x" * 100), "").prepare()

    def test_the_terminals_settings_for_the_command_line_reach_no_server(self):
        os.environ["STILLPOINT_BOOKING"] = "127.0.0.1:1"
        try:
            self.first.spawn("shell", ["sh", "-c", "env; exit 0"])
            self.first.processes["shell"].wait(5)
        finally:
            del os.environ["STILLPOINT_BOOKING"]
        with open(self.first.path("log", "shell.log"), encoding="utf-8") as log:
            text = log.read()
        self.assertIn("PATH=", text)
        self.assertNotIn("STILLPOINT_", text)

    def test_every_process_is_ended_and_keys_are_private(self):
        self.first.spawn("sleeper", self.sleeper(self.folder))
        sleeper = self.first.processes["sleeper"]
        self.first.stop()
        self.assertIsNotNone(sleeper.poll())
        self.assertEqual(os.stat(self.first.path("keys", "partner.key")).st_mode & 0o777, 0o600)


if __name__ == "__main__":
    unittest.main()
