"""A mail server for tests: delivers to a Maildir, and fails by the recipient's first letters.

later@...    451 to RCPT          bounce@...  550 to RCPT
full@...     452 to the text      refuse@...  554 to the text
drop@...     takes the whole text, keeps it, and closes the connection without an answer
vanish@...   closes the connection at RCPT
stuck@...    takes and keeps the first text and never answers it; answers the later ones

Run: /usr/bin/python3 -m aiosmtpd -n -l 127.0.0.1:PORT -c faulty_smtp.Faulty MAILDIR
"""
import asyncio

from aiosmtpd.handlers import Mailbox


class Faulty(Mailbox):
    stuck_once = False

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address.startswith("later"):
            return "451 4.3.0 try again later"
        if address.startswith("bounce"):
            return "550 5.1.1 no such user"
        if address.startswith("vanish"):
            server.transport.abort()
            return "421 gone"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        to = envelope.rcpt_tos[0]
        if to.startswith("full"):
            return "452 4.3.1 no space"
        if to.startswith("refuse"):
            return "554 5.6.0 not this text"
        answer = await super().handle_DATA(server, session, envelope)
        if to.startswith("drop"):
            server.transport.abort()
        if to.startswith("stuck") and not self.stuck_once:
            self.stuck_once = True
            await asyncio.sleep(3600)
        return answer
