"""Starts and stops the suite on loopback: Redis, an SMTP server, the three services, the worker.

Used by play.py and by tests. Every process is a child, ended by its process id. All state is under one
folder: data/ (SQLite), keys/ (mode 0600), tls/ (`stillpoint dev-certs`), log/, mail/ (a Maildir), clock (the
simulated offset). Services and worker know each other by their certificates, everybody else by a key.
"""
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
READY_SECONDS = 20  # A server starts in well under a second; a loaded machine gets some grace.
STOP_SECONDS = 15   # More than the servers' own drain of 10 s.
TRUST_DOMAIN = "stillpoint.local"
SOCKET_PATH_MAX = 107  # Bytes; sockaddr_un.

# Who may call, in this demonstration. Each gets a key file keys/NAME.key.
CALLERS = {
    "operator": ("operators/local", "operator", ""),
    "owner": ("organizations/stillwater/staff/owner", "owner", "stillwater"),
    "desk": ("organizations/stillwater/staff/desk", "front_desk", "stillwater"),
    "partner": ("partners/healthfinder", "partner", "stillwater"),
    "auditor": ("organizations/stillwater/staff/auditor", "auditor", "stillwater"),
    "small-desk": ("organizations/quiet-hands/staff/desk", "front_desk", "quiet-hands"),
}


# People have access tokens, as from an identity provider; systems have keys.
PEOPLE = ("owner", "manager", "front_desk", "practitioner", "auditor", "client_proxy")
TOKEN_ISSUER = "https://id.stillpoint.example"
TOKEN_AUDIENCE = "stillpoint"
TOKEN_MINUTES = 24 * 60  # The longest that servers take; a run that is left on longer is started anew.


class SuiteError(Exception):
    """Something did not start or did not answer; the text says what and where its log is."""


def free_port(wanted):
    """`wanted` if nobody listens there, else any free port."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return probe.getsockname()[1]
            except OSError:
                continue
    raise SuiteError("no free port on loopback")


def command_of(pid):
    """The command line of a process, or "" if there is none."""
    try:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
            return file.read().replace("\0", " ")
    except OSError:
        return ""


def bare_environment():
    """Ours without the terminal's STILLPOINT_* variables (.run/env): a server refuses those it does not know."""
    return {key: value for key, value in os.environ.items() if not key.startswith("STILLPOINT_")}


def end_stranger(pid):
    """Ends a process that is not our child: asks, waits, kills."""
    for sign, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, 5)):
        deadline = time.monotonic() + seconds
        try:
            os.kill(pid, sign)
        except ProcessLookupError:
            return
        while command_of(pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        if not command_of(pid):
            return


class Suite:
    """One running suite. Not thread-safe."""

    def __init__(self, folder, binaries, callers=None, extra_flags=None):
        self.folder = folder
        self.binaries = binaries
        self.callers = dict(CALLERS, **(callers or {}))
        self.extra_flags = extra_flags or {}
        self.lock = None
        self.processes = {}
        self.commands = {}
        names = ("booking", "client-record", "notification")
        self.ports = {name: free_port(50051 + i) for i, name in enumerate(names)}
        self.metrics = {name: free_port(9091 + i) for i, name in enumerate(names + ("worker",))}
        self.smtp_port = free_port(2525)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def prepare(self):
        """A new, empty folder with keys. What a run that was killed left behind is ended and removed."""
        if len(os.fsencode(self.path("redis.sock"))) > SOCKET_PATH_MAX:
            raise SuiteError(f"{self.folder} is too long a path for a Unix socket; use a folder nearer to the root")
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        # Held until this process ends, however it ends: nobody clears a folder that is in use.
        self.lock = open(self.path("lock"), "a", encoding="utf-8")  # pylint: disable=consider-using-with
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SuiteError(f"another run uses {self.folder}; end it first (Ctrl-C in its terminal)") from error
        for pid in self.left_behind():
            print(f"start: ending process {pid} of an earlier run", flush=True)
            end_stranger(pid)
        for name in os.listdir(self.folder):
            if name == "lock":
                continue
            path = self.path(name)
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            else:
                os.unlink(path)
        for part in ("data", "keys", "log"):
            os.makedirs(self.path(part), mode=0o700)
        entries = []
        for name, (subject, role, organization) in self.callers.items():
            if role in PEOPLE:
                continue
            key = secrets.token_urlsafe(32)
            self.write_secret(f"{name}.key", key + "\n")
            digest = hashlib.blake2b(key.encode(), digest_size=32).hexdigest()
            entries.append({"key_hash": digest, "subject": subject, "role": role,
                            "organization": organization})
        self.write_secret("callers.json", json.dumps({"callers": entries}))
        for name in ("booking", "client-record", "notification"):
            self.write_secret(f"{name}.secret", secrets.token_hex(32) + "\n")
        self.set_clock(0)

    def issue_tokens(self):
        """What an identity provider does: a key of its own, and a token for each person (keys/NAME.key)."""
        private = self.path("keys", "token-private.pem")
        self.token("new-key", "--private", private, "--keys", self.path("keys", "token-keys.json"))
        for name, (subject, role, organization) in self.callers.items():
            if role in PEOPLE:
                self.write_secret(f"{name}.key", self.token(
                    "issue", "--private", private, "--issuer", TOKEN_ISSUER, "--audience", TOKEN_AUDIENCE,
                    "--subject", subject, "--role", role, "--organization", organization,
                    "--minutes", str(TOKEN_MINUTES)))

    def token(self, *words):
        """What `stillpoint token ...` prints."""
        done = subprocess.run([self.program("stillpoint"), "token", *words], env=bare_environment(),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SuiteError(f"stillpoint token: {done.stderr.strip()}")
        return done.stdout

    def left_behind(self):
        """Processes that an earlier run on this folder started and that still run."""
        try:
            with open(self.path("processes"), encoding="utf-8") as file:
                pids = [int(line) for line in file]
        except (OSError, ValueError):
            return []
        # A process id may be another's by now; ours name the folder.
        return [pid for pid in pids if self.folder in command_of(pid)]

    def write_secret(self, name, text):
        with open(os.open(self.path("keys", name), os.O_WRONLY | os.O_CREAT, 0o600), "w",
                  encoding="utf-8") as file:
            file.write(text)

    def set_clock(self, offset_us):
        """All services live at the machine's time plus this; replaced in one step."""
        with open(self.path("clock.new"), "w", encoding="utf-8") as file:
            file.write(f"{offset_us}\n")
        os.replace(self.path("clock.new"), self.path("clock"))

    def make_certificates(self):
        """An authority of this run, and the certificates it signed: tls/NAME.crt and tls/NAME.key."""
        subprocess.run([self.program("stillpoint"), "dev-certs", self.path("tls"), "--trust-domain", TRUST_DOMAIN],
                       check=True, stdout=subprocess.DEVNULL, timeout=READY_SECONDS, env=bare_environment())

    def tls_flags(self, name):
        return ["--tls-cert", self.path("tls", f"{name}.crt"), "--tls-key", self.path("tls", f"{name}.key"),
                "--tls-ca", self.path("tls", "ca.crt")]

    def start(self):
        """Starts everything and waits until each answers."""
        self.make_certificates()
        self.issue_tokens()
        self.spawn("redis", ["redis-server", "--port", "0", "--unixsocket", self.path("redis.sock"),
                             "--save", "", "--appendonly", "no", "--dir", self.folder])
        self.spawn("smtp", ["/usr/bin/python3", "-m", "aiosmtpd", "-n", "-l",
                            f"127.0.0.1:{self.smtp_port}", "-c", "aiosmtpd.handlers.Mailbox",
                            self.path("mail")])
        self.wait_for("redis", lambda: os.path.exists(self.path("redis.sock")))
        self.wait_for_port("smtp", self.smtp_port)
        self.start_service("client-record", ["--booking", f"127.0.0.1:{self.ports['booking']}"])
        self.start_service("booking", [
            "--client-record", f"127.0.0.1:{self.ports['client-record']}"])
        self.start_service("notification", [
            "--booking", f"127.0.0.1:{self.ports['booking']}",
            "--client-record", f"127.0.0.1:{self.ports['client-record']}"])
        self.spawn("worker", [
            self.program("stillpoint-notification-worker"),
            "--notification", f"127.0.0.1:{self.ports['notification']}",
            "--smtp", f"smtp://127.0.0.1:{self.smtp_port}",
            "--from", "no-reply@stillwater.example",
            "--simulated-clock", self.path("clock"),
            "--metrics-listen", f"127.0.0.1:{self.metrics['worker']}"] + self.tls_flags("worker"))
        for name in ("client-record", "booking", "notification"):
            self.wait_for_port(name, self.ports[name])
        self.wait_for_port("worker", self.metrics["worker"])

    def start_service(self, name, flags):
        self.spawn(name, [
            self.program(f"stillpoint-{name}"),
            "--listen", f"127.0.0.1:{self.ports[name]}",
            "--metrics-listen", f"127.0.0.1:{self.metrics[name]}",
            "--database", f"sqlite:{self.path('data', name + '.db')}",
            "--callers-file", self.path("keys", "callers.json"),
            "--token-issuer", TOKEN_ISSUER, "--token-audience", TOKEN_AUDIENCE,
            "--token-keys", self.path("keys", "token-keys.json"),
            "--secret-file", self.path("keys", f"{name}.secret"),
            "--redis", f"unix:{self.path('redis.sock')}",
            "--simulated-clock", self.path("clock"), "--reflection", "--trust-domain", TRUST_DOMAIN]
            + self.tls_flags(name) + flags + self.extra_flags.get(name, []))

    def program(self, name):
        path = os.path.join(self.binaries, name)
        if not os.access(path, os.X_OK):
            raise SuiteError(f"{path} is missing; build the target `binaries` first")
        return path

    def spawn(self, name, command):
        self.commands[name] = command
        with open(self.path("log", f"{name}.log"), "ab") as log:
            # A session of its own: Ctrl-C in the terminal reaches only us, and we stop it in order.
            self.processes[name] = subprocess.Popen(command, stdout=log, stderr=log, env=bare_environment(),
                                                    stdin=subprocess.DEVNULL, start_new_session=True)
        with open(self.path("processes"), "a", encoding="utf-8") as file:
            file.write(f"{self.processes[name].pid}\n")

    def restart(self, name):
        """Starts a process that has ended, with the same command, and waits for it."""
        self.spawn(name, self.commands[name])
        if name in self.ports:
            self.wait_for_port(name, self.ports[name])

    def kill(self, name):
        """kill -9, as a power failure would."""
        self.processes[name].send_signal(signal.SIGKILL)
        self.processes[name].wait(STOP_SECONDS)

    def wait_for(self, name, ready):
        deadline = time.monotonic() + READY_SECONDS
        while not ready():
            if self.processes[name].poll() is not None or time.monotonic() > deadline:
                with open(self.path("log", f"{name}.log"), encoding="utf-8", errors="replace") as log:
                    tail = log.read()[-2000:]
                raise SuiteError(f"{name} did not start; its log {self.path('log', name + '.log')} "
                                 f"ends with:\n{tail}")
            time.sleep(0.02)

    def wait_for_port(self, name, port):
        def answers():
            with socket.socket() as probe:
                probe.settimeout(0.5)
                return probe.connect_ex(("127.0.0.1", port)) == 0
        self.wait_for(name, answers)

    def stop(self):
        """Ends everything, newest first; what does not end in time is killed. An impatient second Ctrl-C does
        not interrupt it: that would leave processes behind."""
        if threading.current_thread() is threading.main_thread():
            for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(sign, signal.SIG_IGN)
        for name in reversed(list(self.processes)):
            process = self.processes[name]
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        self.processes.clear()
        if self.lock:
            self.lock.close()

    def environment(self, caller, organization="stillwater"):
        """What the command-line tool needs to act as `caller`."""
        return {
            "STILLPOINT_BOOKING": f"127.0.0.1:{self.ports['booking']}",
            "STILLPOINT_CLIENT_RECORD": f"127.0.0.1:{self.ports['client-record']}",
            "STILLPOINT_NOTIFICATION": f"127.0.0.1:{self.ports['notification']}",
            "STILLPOINT_ORGANIZATION": organization,
            "STILLPOINT_SIMULATED_CLOCK": self.path("clock"),
            "STILLPOINT_KEY_FILE": self.path("keys", f"{caller}.key"),
            "STILLPOINT_TLS_CA": self.path("tls", "ca.crt"),
        }
