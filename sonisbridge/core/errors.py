"""Every error of ours, named by what to do next.

A message names the thing, its id and the mend, in one plain sentence, and holds no personal data and no secret.
"""


class SonisbridgeError(Exception):
    """Base of the errors that sonisbridge raises on purpose."""


class WrongSettingsError(SonisbridgeError):
    """A setting, argument or file is wrong; nothing was started (exit status 2)."""


class StopRunError(SonisbridgeError):
    """The run cannot go on until somebody acts: no connection, refused, locked (exit status 3)."""


class CorrectLoginError(StopRunError):
    """A system refused a user name or password. Nothing asks it again until somebody gave them anew: it locks accounts."""


class RetryLaterError(SonisbridgeError):
    """The other side is busy or away; the same call may succeed later.

    `sent` is True when the request may have been carried out although no answer arrived.
    """

    def __init__(self, message: str, *, sent: bool = False) -> None:
        super().__init__(message)
        self.sent = sent


class SkipRecordError(SonisbridgeError):
    """This one record cannot be written; the run goes on with the next.

    `code` is the other side's own word where it has one: "duplicate", "not-found", "invalid".
    """

    def __init__(self, message: str, *, code: str = "invalid") -> None:
        super().__init__(message)
        self.code = code


class CancelledError(SonisbridgeError):
    """A user asked the run to end; what was done stays done and is recorded."""


class LostRunError(StopRunError):
    """The run's lease lapsed or was taken over: this worker must not write another word, on either side or here."""


class HandedBackError(SonisbridgeError):
    """The worker is being stopped in order: the run ends between two requests and another goes on from there."""
