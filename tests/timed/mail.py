"""A mail server of the tests' own, over real SMTP, that can go away and come back at the same port."""

from __future__ import annotations

import email
import email.policy
import socket
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

WRONG = "refused@example.edu"
BUSY = "busy@example.edu"


class _Box:
    """Takes mail in; refuses one address for good and another for now."""

    def __init__(self) -> None:
        self.mail: list[tuple[Envelope, EmailMessage]] = []
        self.refuses_senders = False

    async def handle_MAIL(  # noqa: N802 (the library's own name)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Whether mail from that address is taken."""
        if self.refuses_senders:
            return "553 not from here"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 (the library's own name)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Whether mail to that address is taken."""
        if address == WRONG:
            return "550 no such mailbox"
        if address == BUSY:
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep a message."""
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mail.append((envelope, message))
        return "250 OK"


class MailServer:
    """On loopback, at a port that stays its own while it is down."""

    def __init__(self) -> None:
        self._box = _Box()
        with socket.socket() as place:
            place.bind(("127.0.0.1", 0))
            self.port: int = place.getsockname()[1]
        self._controller: Controller | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Be up."""
        self._controller = Controller(self._box, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Be down."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def use(self, settings: Any) -> None:
        """Be the mail server of the bridge's settings."""
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # the test runner put its own there
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", self.port

    def refuse_senders(self, refuse: bool) -> None:
        """Take no mail from anybody, or take it again."""
        self._box.refuses_senders = refuse

    @property
    def messages(self) -> list[EmailMessage]:
        """What arrived, in order."""
        return [message for _envelope, message in self._box.mail]

    @property
    def recipients(self) -> list[str]:
        """To whom, in order."""
        return [address for envelope, _message in self._box.mail for address in envelope.rcpt_tos]
