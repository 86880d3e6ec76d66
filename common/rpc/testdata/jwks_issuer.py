"""The web server of a token issuer for tests, with what can go wrong with one by its path.

/keys     the content of the file FOLDER/keys; while FOLDER/stall is there, nothing at all
/slow     nothing
/drip     one byte after the other, for ever
/huge     a megabyte, with no length given
/promise  says that a gigabyte follows
/headers  headers for ever
/moved    302 to /keys
/error    500 with the content of FOLDER/keys

Every request adds a line to FOLDER/requests.
Run: /usr/bin/python3 jwks_issuer.py PORT FOLDER [CERTIFICATE KEY]
"""
import http.server
import os
import ssl
import sys
import time

PORT, FOLDER = int(sys.argv[1]), sys.argv[2]
LONG = 3600  # Seconds; the test ends the process before.


class Issuer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open(f"{FOLDER}/requests", "a", encoding="ascii") as requests:
            requests.write(self.path + "\n")
        path = self.path
        if path == "/slow" or (path == "/keys" and os.path.exists(f"{FOLDER}/stall")):
            time.sleep(LONG)
        if path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/keys")
        else:
            self.send_response(500 if path == "/error" else 200)
        while path == "/headers":
            self.send_header("X-Filler", "x" * 1000)
            self.flush_headers()
        if path == "/promise":
            self.send_header("Content-Length", str(1 << 30))
        self.end_headers()
        if path in ("/keys", "/error"):
            with open(f"{FOLDER}/keys", "rb") as keys:
                self.wfile.write(keys.read())
        if path == "/huge":
            self.wfile.write(b"x" * (1 << 20))
        while path in ("/drip", "/promise"):
            self.wfile.write(b" ")
            time.sleep(0.02)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # A caller that had enough.


server = Server(("127.0.0.1", PORT), Issuer)
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3], sys.argv[4])
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
