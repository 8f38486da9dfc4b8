"""The mail server: one connection, and one message after another through it (rule 10)."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formataddr

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from sonisbridge.core.errors import RetryLaterError, SkipRecordError

NO_SERVER = "No mail server is set: give its address in SONISBRIDGE_MAIL_URL. Reminders reach users without one."


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message to one address."""

    sender: str
    author: str
    to: str
    subject: str
    text: str
    key: str
    """The same whenever it is sent again, so that a receiver can tell a second copy."""


def configured() -> bool:
    """Whether a mail server is set."""
    return bool(settings.EMAIL_HOST)


class MailServer:
    """A connection to the mail server."""

    def __init__(self, backend: BaseEmailBackend) -> None:
        self._backend = backend

    def send(self, letter: Letter) -> None:
        """Hand one message over. Raises SkipRecordError when the server refuses it for good, RetryLaterError otherwise."""
        message = EmailMessage(
            subject=letter.subject,
            body=letter.text,
            from_email=formataddr((letter.author, letter.sender)),
            to=[letter.to],
            headers={"Message-ID": f"<{letter.key}@sonisbridge>", "Auto-Submitted": "auto-generated"},
            connection=self._backend,
        )
        try:
            message.send()
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _text in error.recipients.values()]
            raise _refusal(max(codes, default=0)) from error
        except smtplib.SMTPSenderRefused as error:
            raise RetryLaterError(
                f"The mail server refuses the owner's address as sender (code {error.smtp_code}): let it accept mail from "
                "the institution's own addresses from here."
            ) from error
        except smtplib.SMTPResponseException as error:
            raise _refusal(error.smtp_code) from error
        except (OSError, smtplib.SMTPException) as error:
            raise RetryLaterError(f"The mail server broke off ({type(error).__name__}).", sent=True) from error
        except ValueError as error:  # a header or an address that cannot be written
            raise SkipRecordError("The notice cannot be written as an e-mail: correct the addresses in it.") from error


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A connection. Raises RetryLaterError when the server does not answer or does not let us in."""
    backend = get_connection()
    try:
        backend.open()
    except smtplib.SMTPAuthenticationError as error:
        raise RetryLaterError("The mail server refuses the user or password of SONISBRIDGE_MAIL_URL.") from error
    except (OSError, smtplib.SMTPException) as error:
        where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
        raise RetryLaterError(f"The mail server {where} does not answer ({type(error).__name__}).") from error
    try:
        yield MailServer(backend)
    finally:
        backend.close()


def _refusal(code: int) -> RetryLaterError | SkipRecordError:
    """5xx is for good, everything else may pass; the server's own text may name somebody and is left out."""
    if 500 <= code < 600:
        return SkipRecordError(f"The mail server refused the message (code {code}): see that both addresses exist.")
    return RetryLaterError(f"The mail server did not take the message (code {code}).")
