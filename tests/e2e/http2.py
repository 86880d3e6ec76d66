"""HTTP/2 by hand, over TLS, for tests that misuse it: frames as bytes, headers without compression."""
import collections
import socket
import ssl
import struct
import time

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
END_STREAM, END_HEADERS, ACK = 1, 4, 1
INITIAL_WINDOW_SIZE = 4  # The settings' number of it.
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
CONNECT_SECONDS = 10
WINDOW_BYTES = 65_535  # Of every stream and connection at first (RFC 9113, 6.9.2).


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def integer(value, prefix_bits, first=0):
    """HPACK's integer of RFC 7541, 5.1."""
    most = (1 << prefix_bits) - 1
    if value < most:
        return bytes([first | value])
    out, value = [first | most], value - most
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes(out + [value])


def header(name, value):
    """A literal that is not indexed."""
    return b"\0" + integer(len(name), 7) + name + integer(len(value), 7) + value


def request_headers(method, key):
    return b"".join(header(name, value) for name, value in (
        (b":method", b"POST"), (b":scheme", b"https"), (b":path", method), (b":authority", b"localhost"),
        (b"te", b"trailers"), (b"content-type", b"application/grpc"), (b"authorization", b"Bearer " + key)))


def message(body):
    return b"\0" + struct.pack(">I", len(body)) + body


def setting(number, value):
    return struct.pack(">HI", number, value)


class Connection:
    """One client. `send` returns whether the server still listens; what it says is read by `drain`.

    `window`: how much of each answer we take before we say that we take more. `ack`: whether the server's settings
    are ever accepted; gRPC 1.51 holds nobody to its limit of streams who does not.
    """

    def __init__(self, port, authorities, window=None, ack=True):
        context = ssl.create_default_context(cafile=authorities)
        context.set_alpn_protocols(["h2"])
        raw = socket.create_connection(("127.0.0.1", port), timeout=CONNECT_SECONDS)
        self.socket = context.wrap_socket(raw, server_hostname="localhost")
        self.stream = -1
        settings = b"" if window is None else setting(INITIAL_WINDOW_SIZE, window)
        # Bytes of DATA that the server takes, by stream; 0: all streams together. drain() adds what it allows.
        self.windows = collections.defaultdict(lambda: WINDOW_BYTES)
        self.rest = b""  # The beginning of a frame.
        self.alive = self.send(PREFACE + frame(SETTINGS, 0, 0, settings))
        if ack:
            self.drain(0.02)
            self.send(frame(SETTINGS, ACK, 0))

    def next_stream(self):
        self.stream += 2
        return self.stream

    def send(self, data, seconds=CONNECT_SECONDS):
        """False: the server closed the connection, or takes nothing more."""
        self.socket.settimeout(seconds)
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            self.alive = False
            return False

    def send_data(self, stream, data, deadline):
        """As `send`, but waits until the server has room for it. False, too, when that was not in time."""
        while self.alive and min(self.windows[0], self.windows[stream]) < len(data):
            if time.monotonic() > deadline:
                return False
            self.drain(0.005)
        self.windows[0] -= len(data)
        self.windows[stream] -= len(data)
        return self.alive and self.send(frame(DATA, 0, stream, data), seconds=1)

    def drain(self, seconds):
        """The frames (kind, flags, stream, payload) that come until nothing did for so long."""
        self.socket.settimeout(seconds)
        data = self.rest
        try:
            while chunk := self.socket.recv(1 << 16):
                data += chunk
            self.alive = False  # The end of the connection.
        except TimeoutError:
            pass
        except OSError:
            self.alive = False
        frames, at = [], 0
        while len(data) >= at + 9 and len(data) >= at + 9 + int.from_bytes(data[at:at + 3], "big"):
            end = at + 9 + int.from_bytes(data[at:at + 3], "big")
            frames.append((data[at + 3], data[at + 4], int.from_bytes(data[at + 5:at + 9], "big"), data[at + 9:end]))
            if frames[-1][0] == WINDOW_UPDATE:
                self.windows[frames[-1][2]] += int.from_bytes(frames[-1][3], "big")
            at = end
        self.rest = data[at:]
        return frames

    def close(self):
        self.socket.close()
