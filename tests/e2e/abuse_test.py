#!/usr/bin/python3
"""Misuses HTTP/2 and TLS in every way that needs no better client than a script, on the real server.

Usage: abuse_test.py BINARY_FOLDER
While each goes on an honest caller is answered in time, by the connection that it has and by new ones, and the server
stays within a fixed amount of memory. Afterwards no connection is left, and the log has not been filled.
"""
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "deploy", "local"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import http2  # noqa: E402
from suite import Suite  # noqa: E402

# The largest answer that needs no data: some 16 KB.
METHOD = b"/stillpoint.client_record.v1.IntakeService/GetQuestionnaire"
# Resident, whatever is done; as deploy/k8s gives each service. Most of it is for calls that are reset at once: each
# costs 20 KB until gRPC is done with it, 5,000 come in one piece, and what was freed stays with malloc's arenas.
MEMORY_BYTES_MAX = 512 << 20
ANSWER_SECONDS_MAX = 2.0   # For the honest caller, on two cores that the abuser uses too.
HONEST_CALLS_MIN = 5       # During each kind of abuse.
ABUSE_SECONDS = 2.0        # Of each kind, at most; most are done sooner.
SETTLE_SECONDS = 15        # More than the server gives a handshake.
LOG_LINES_MAX = 200        # Of gRPC's own, over all: 60 a minute and the counts of what was dropped.


def honest(port, authorities, key):
    """A caller with limits of its own, as a front desk is: prints one line of JSON for each call until it is ended."""
    import grpc  # pylint: disable=import-outside-toplevel  (only this process uses it)
    with open(authorities, "rb") as file:
        credentials = grpc.ssl_channel_credentials(file.read())
    metadata = (("authorization", f"Bearer {key}"),)

    def call(channel):
        ask = channel.unary_unary(METHOD.decode())
        started = time.monotonic()
        try:
            size, code = len(ask(b"", metadata=metadata, timeout=4 * ANSWER_SECONDS_MAX)), "OK"
        except grpc.RpcError as error:
            size, code = 0, error.code().name
        return {"at": started, "took": time.monotonic() - started, "code": code, "bytes": size}

    kept = grpc.secure_channel(f"localhost:{port}", credentials)
    while True:
        print(json.dumps(dict(call(kept), new=False)), flush=True)
        # Another channel would share the connection of the first one unless it may not.
        with grpc.secure_channel(f"localhost:{port}", credentials, [("grpc.use_local_subchannel_pool", 1)]) as fresh:
            print(json.dumps(dict(call(fresh), new=True)), flush=True)
        time.sleep(0.05)


class AbuseTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory(prefix="stillpoint-abuse-")
        cls.suite = Suite(os.path.join(cls.place.name, "run"), BINARIES)
        cls.suite.prepare()
        cls.suite.make_certificates()
        cls.suite.issue_tokens()
        # Without a peer to ask, which these calls do not need.
        cls.suite.start_service("client-record", [])
        cls.port = cls.suite.ports["client-record"]
        cls.suite.wait_for_port("client-record", cls.port)
        cls.server = cls.suite.processes["client-record"]
        cls.authorities = cls.suite.path("tls", "ca.crt")
        with open(cls.suite.path("keys", "partner.key"), encoding="utf-8") as file:
            cls.key = file.read().strip()
        cls.suite.spawn("honest", [sys.executable, os.path.abspath(__file__), "--honest", str(cls.port),
                                   cls.authorities, cls.suite.path("keys", "desk.key")])
        cls.most = 0

    @classmethod
    def tearDownClass(cls):
        cls.suite.stop()
        cls.place.cleanup()
        print(f"abuse: at most {cls.most >> 20} MB resident")

    def setUp(self):
        self.open = []
        self.wait_for_calls(since=time.monotonic())
        self.ports = set()  # Of the abuser's ends.
        self.began = time.monotonic()

    def tearDown(self):
        # All that the abuser held is still open here: this is the worst moment.
        calls = self.wait_for_calls(self.began)
        resident = self.resident()
        for connection in self.open:
            self.note(connection)
            connection.close()
        type(self).most = max(self.most, resident)
        self.assertLess(resident, MEMORY_BYTES_MAX)
        self.assertIsNone(self.server.poll(), "the server died")
        for call in calls:
            self.assertEqual(call["code"], "OK", call)
            self.assertLess(call["took"], ANSWER_SECONDS_MAX, call)
        deadline = time.monotonic() + SETTLE_SECONDS
        while self.connections() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(self.connections(), 0, "connections are left")
        took = time.monotonic() - self.began
        print(f"abuse: {self._testMethodName[5:]}: {resident >> 20} MB, {len(calls)} honest calls, "
              f"slowest {max(call['took'] for call in calls) * 1000:.0f} ms, {took:.1f} s")

    # ---- what is seen from outside

    def resident(self):
        with open(f"/proc/{self.server.pid}/status", encoding="utf-8") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) * 1024

    def note(self, connection):
        with contextlib.suppress(OSError):  # One that the server has ended has no name any more.
            self.ports.add(f":{getattr(connection, 'socket', connection).getsockname()[1]:04X}")

    def connections(self):
        """TCP connections with the abuser that the server has not closed."""
        port = f":{self.port:04X}"
        count = 0
        for table in ("/proc/net/tcp", "/proc/net/tcp6"):
            with open(table, encoding="utf-8") as file:
                rows = [line.split() for line in file][1:]
            count += sum(1 for row in rows if row[1].endswith(port) and row[2][-5:] in self.ports
                         and row[3] in ("01", "08"))
        return count

    def calls(self, since):
        with open(self.suite.path("log", "honest.log"), encoding="utf-8") as file:
            lines = [line for line in file if line.startswith("{") and line.endswith("}\n")]
        return [call for call in map(json.loads, lines) if call["at"] >= since]

    def wait_for_calls(self, since):
        """The honest caller's calls since then, once there are some by each kind of connection."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline:
            calls = self.calls(since)
            if all(sum(call["new"] == new for call in calls) >= HONEST_CALLS_MIN for new in (False, True)):
                return calls
            time.sleep(0.05)
        self.fail(f"the honest caller made {len(self.calls(since))} calls: {self.calls(since)[-3:]}")
        return []

    # ---- what abusers have

    def connect(self, **options):
        self.open.append(http2.Connection(self.port, self.authorities, **options))
        return self.open[-1]

    def headers(self, connection, flags, key=None):
        stream = connection.next_stream()
        block = http2.request_headers(METHOD, (key or self.key).encode())
        return stream, http2.frame(http2.HEADERS, http2.END_HEADERS | flags, stream, block)

    def whole_call(self, connection, key=None):
        stream, head = self.headers(connection, 0, key)
        return stream, head + http2.frame(http2.DATA, http2.END_STREAM, stream, http2.message(b""))

    def repeat(self, connection, make, count):
        """Sends `make()` up to `count` times, in batches; how often it was taken."""
        deadline = time.monotonic() + ABUSE_SECONDS
        sent = 0
        while sent < count and time.monotonic() < deadline:
            batch = [make() for _ in range(min(100, count - sent))]
            if not connection.send(b"".join(batch), seconds=1):
                break
            sent += len(batch)
        self.assertGreater(sent, 0)
        return sent

    # ---- the kinds

    def test_connections_that_say_nothing(self):
        for _ in range(500):
            self.open.append(socket.create_connection(("127.0.0.1", self.port), timeout=5))

    def test_handshakes_that_stop_half_way(self):
        hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32)  # A ClientHello's first bytes.
        for _ in range(500):
            self.open.append(socket.create_connection(("127.0.0.1", self.port), timeout=5))
            self.open[-1].sendall(hello)

    def test_handshakes_that_are_none(self):
        for number in range(500):
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                self.note(connection)
                connection.sendall(b"GET / HTTP/1.1\r\n\r\n" if number % 2 else os.urandom(64))

    def test_connections_without_calls(self):
        for _ in range(150):
            self.assertTrue(self.connect().alive)

    def test_answers_that_nobody_fetches(self):
        for _ in range(4):
            connection = self.connect(window=0)
            self.repeat(connection, lambda c=connection: self.whole_call(c)[1], 256)

    def test_calls_that_are_reset_at_once(self):
        for key in (None, "nobody"):
            connection = self.connect()

            def call(c=connection, k=key):
                stream, frames = self.whole_call(c, k)
                return frames + http2.frame(http2.RST_STREAM, 0, stream, b"\0\0\0\x08")
            self.repeat(connection, call, 5000)

    def test_more_calls_than_a_connection_may_have(self):
        connection = self.connect()
        self.repeat(connection, lambda: self.headers(connection, 0)[1], 3000)
        refused = [f for f in connection.drain(0.5) if f[0] in (http2.RST_STREAM, http2.GOAWAY)]
        self.assertTrue(refused or not connection.alive, "none was refused")

    def test_more_calls_by_one_who_never_takes_the_settings(self):
        connection = self.connect(ack=False)
        self.repeat(connection, lambda: self.headers(connection, 0)[1], 5000)

    def test_requests_that_never_end(self):
        length = 1_000_000  # Of a message that may be as long, and whose last bytes never come.
        sent, deadline = 0, time.monotonic() + 3 * ABUSE_SECONDS
        for _ in range(4):
            connection = self.connect()
            for _ in range(200):
                stream, head = self.headers(connection, 0)
                connection.send(head)
                for part in [b"\0" + length.to_bytes(4, "big")] + [bytes(16_000)] * 20:
                    if not connection.send_data(stream, part, deadline):
                        break
                    sent += len(part)
        self.assertGreater(sent, 40 << 20)  # The server takes up to kIncomingBytesMax of it.

    def test_a_message_that_is_too_long(self):
        connection = self.connect()
        stream, head = self.headers(connection, 0)
        connection.send(head + http2.frame(http2.DATA, 0, stream, b"\0" + (1 << 31).to_bytes(4, "big")))
        block = http2.frame(http2.DATA, 0, stream, bytes(16_000))
        self.repeat(connection, lambda: block, 1000)

    def test_headers_that_are_too_long(self):
        connection = self.connect()
        for _ in range(20):
            stream = connection.next_stream()
            block = http2.request_headers(METHOD, b"x") + http2.header(b"x-long", bytes(15_000))
            connection.send(http2.frame(http2.HEADERS, http2.END_HEADERS, stream, block))
        told = connection.drain(0.5)
        self.assertTrue(told or not connection.alive)

    def test_headers_that_never_end(self):
        connection = self.connect()
        connection.send(http2.frame(http2.HEADERS, 0, connection.next_stream(), http2.request_headers(METHOD, b"x")))
        block = http2.frame(http2.CONTINUATION, 0, 1, http2.header(b"x-more", bytes(8_000)))
        self.repeat(connection, lambda: block, 4000)

    def test_settings_without_end(self):
        connection = self.connect()
        block = http2.frame(http2.SETTINGS, 0, 0, http2.setting(http2.INITIAL_WINDOW_SIZE, 65_535))
        self.repeat(connection, lambda: block, 100_000)

    def test_pings_without_end(self):
        connection = self.connect()
        block = http2.frame(http2.PING, 0, 0, bytes(8))
        self.repeat(connection, lambda: block, 100_000)
        connection.drain(0.5)
        self.assertFalse(connection.alive, "pings without end are to be cut off")

    def test_bytes_that_are_no_frames(self):
        for _ in range(50):
            connection = self.connect()
            connection.send(os.urandom(4096))

    def test_z_the_log_was_not_filled(self):
        with open(self.suite.path("log", "client-record.log"), encoding="utf-8") as file:
            lines = [line for line in file if '"event":"grpc' in line]
        self.assertLess(len(lines), LOG_LINES_MAX)


if __name__ == "__main__":
    if sys.argv[1] == "--honest":
        with open(sys.argv[4], encoding="utf-8") as key_file:
            honest(int(sys.argv[2]), sys.argv[3], key_file.read().strip())
    BINARIES = sys.argv.pop(1)
    unittest.main()
