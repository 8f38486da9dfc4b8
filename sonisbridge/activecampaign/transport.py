"""Requests to one account: key, pace, retries, failures as errors of ours (rules 4.2, 4.3, 12).

One request goes: hook, pace, send, read the answer. A limit that is used up waits and is no failed
attempt; a broken answer is tried again with back-off where a repeat is harmless; everything else is
final at once. Nothing here keeps or shows a body, a query's values or the token.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import httpx2
import stamina

from sonisbridge.core.errors import RetryLaterError, StopRunError, WrongSettingsError

from . import limits
from .answers import (
    Answer,
    Broken,
    Elsewhere,
    Forbidden,
    Good,
    Json,
    Refused,
    RefusedError,
    Throttled,
    rate_of,
    read_answer,
    served_at,
)
from .connection import TransportOptions, bad_certificate, how_lost, http_client
from .endpoint import on_loopback
from .pace import Cost, Departure, LocalPace, Pace
from .requests import encoded

__all__ = ["Cost", "LocalPace", "Pace", "Params", "Stats", "Transport", "TransportOptions"]

log = logging.getLogger("sonisbridge.activecampaign")

Params = Mapping[str, str | int] | Sequence[tuple[str, str | int]]

PROBE = "/users/me"
"""The first request to a new account; refused there, the token is wrong."""


@dataclass(slots=True, kw_only=True)
class Stats:
    """What the transport has done so far."""

    requests: int = 0
    by_class: Counter[str] = field(default_factory=Counter)
    """Answers by class: good, throttled, broken, forbidden, elsewhere, refused, unsent, lost."""
    waited_seconds: float = 0.0
    """Held back by our own pace, a throttling included."""
    throttled_seconds: float = 0.0
    """From a throttled answer to the next try."""
    served_at: datetime | None = None
    """The service's own time when it gave the newest good answer, to the second; None where it does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request as the client asks for it."""

    method: str
    path: str
    params: Params | None
    content: bytes | None
    repeatable: bool
    cost: Cost
    needs: str

    @property
    def name(self) -> str:
        """How the request is called in logs and messages: ids may stand in it, people may not."""
        return f"{self.method} {self.path}"

    @property
    def kind(self) -> str:
        """What is asked, whomever it is about."""
        return re.sub(r"\d+", "", self.name)

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.method == "GET"


class _BrokenError(Exception):
    """An attempt failed in a way that another may mend; `sent` as in RetryLaterError."""

    def __init__(self, why: str, *, sent: bool, seconds: float | None = None) -> None:
        super().__init__(why)
        self.sent = sent
        self.seconds = seconds


class _ForbiddenError(Exception):
    """An attempt was refused for want of permission, which a good token meets now and then."""


class Transport:
    """Sends requests to one account. Safe to share between threads."""

    def __init__(
        self,
        endpoint: str,
        token: str,
        *,
        pace: Pace | None = None,
        options: TransportOptions | None = None,
        before_request: Callable[[], None] = lambda: None,
    ) -> None:
        """Takes an endpoint as `checked_endpoint` gives it.

        `before_request` may raise to end the run.
        """
        self._options = options = options or TransportOptions()
        if options.time_scale != 1 and not on_loopback(endpoint, options.resolve):
            raise WrongSettingsError("SONISBRIDGE_TIME_SCALE is only for an endpoint on this machine; set it to 1.")
        self._pace = pace or LocalPace(time_scale=options.time_scale)
        self._before_request = before_request
        self._proven = False
        self._lock = threading.Lock()
        self.stats = Stats()
        self._http = http_client(endpoint, token, options)

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        body: Json | None = None,
        repeatable: bool,
        cost: Cost = Cost.REQUEST,
        needs: str = "",
    ) -> Json:
        """The answer's JSON object.

        `repeatable`: doing it twice is the same as once. `needs`: a key that a whole answer has.
        Raises StopRunError, RefusedError (a SkipRecordError) or RetryLaterError.
        """
        call = Call(
            method=method,
            path=path,
            params=params,
            content=None if body is None else encoded(body),
            repeatable=repeatable,
            cost=cost,
            needs=needs,
        )
        try:
            return self._send(call)
        except _BrokenError as error:
            raise RetryLaterError(
                f"ActiveCampaign gave no usable answer to {call.name} ({error}); it may later.",
                sent=error.sent,
            ) from error
        except _ForbiddenError as error:
            raise StopRunError(f"ActiveCampaign refused {call.name}. {error}") from error

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _send(self, call: Call) -> Json:
        """Attempt after attempt, as long as another one may help and do no harm."""
        options, tries = self._options, _Tries(call, options=self._options)
        scale = options.time_scale
        for attempt in stamina.retry_context(
            on=tries.backoff,
            attempts=options.attempts,
            timeout=None,
            wait_initial=limits.BACKOFF_FIRST_SECONDS / scale,
            wait_max=limits.BACKOFF_MOST_SECONDS / scale,
            wait_jitter=limits.BACKOFF_JITTER_SECONDS / scale,
        ):
            with attempt:
                return self._attempt(call, tries)
        raise AssertionError("the retry loop ends by an answer or an error")

    def _attempt(self, call: Call, tries: _Tries) -> Json:
        """The answer to one attempt, which the account's limits may hold off more than once."""
        throttled_since: float | None = None
        while True:
            departure = self._wait(call)
            departure.kind = call.kind
            if throttled_since is not None:
                self._count(throttled_seconds=time.monotonic() - throttled_since)
            try:
                answer = self._ask(call, tries, departure)
            finally:
                departure.answered = time.monotonic()
            if not isinstance(answer, Throttled):
                return self._outcome(call, answer, tries)
            throttled_since = time.monotonic()
            self._hold_off(call, answer, tries)

    def _wait(self, call: Call) -> Departure:
        """Wait for the pace; the hook is asked before, and again after a long wait."""
        self._before_request()
        started = time.monotonic()
        departure = self._pace.wait(call.cost)
        waited = time.monotonic() - started
        self._count(waited_seconds=waited)
        if waited > 1:
            self._before_request()
        return departure

    def _ask(self, call: Call, tries: _Tries, departure: Departure) -> Answer:
        """Send once and say what the answer means."""
        self._count(requests=1)
        started = time.monotonic()
        try:
            response = self._http.request(
                call.method,
                "/api/3" + call.path,
                params=call.params,  # type: ignore[arg-type]
                content=call.content,
            )
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            self._note(call, "unsent", type(error).__name__)
            if bad_certificate(error):
                raise StopRunError(
                    "The endpoint's certificate is not valid for its name. Check the Access Token Endpoint."
                ) from error
            raise _BrokenError("no connection", sent=tries.maybe_done) from error
        except httpx2.RequestError as error:
            tries.maybe_done = not call.reads
            self._note(call, "lost", type(error).__name__)
            raise _BrokenError(how_lost(error), sent=tries.maybe_done) from error
        answer = read_answer(response.status_code, response.content, response.headers, needs=call.needs)
        if (rate := rate_of(response.headers)) is not None:
            self._pace.told(departure, limit=rate[0], left=rate[1])
        if isinstance(answer, Good):
            self.stats.served_at = served_at(response.headers) or self.stats.served_at
        seconds = time.monotonic() - started
        self._note(call, type(answer).__name__.lower(), f"{response.status_code} in {seconds:.2f} s")
        return answer

    def _outcome(self, call: Call, answer: Answer, tries: _Tries) -> Json:
        """The good answer's data; any other answer as an error."""
        match answer:
            case Good(data=data):
                self._proven = True
                return data
            case Broken(why=why, seconds=seconds):
                tries.maybe_done = not call.reads
                raise _BrokenError(why, sent=tries.maybe_done, seconds=seconds)
            case Forbidden(status=402):
                raise StopRunError(
                    "The ActiveCampaign account is not active (402). Ask its owner to check plan and payment."
                )
            case Forbidden():
                tries.forbidden += 1
                tries.may_be_chance = self._proven and call.reads and call.path != PROBE
                raise _ForbiddenError(_forbidden_mend(proven=self._proven))
            case Elsewhere(why=why):
                message = f"The endpoint {why} to {call.name}. Check the Access Token Endpoint."
                if self._proven and "redirect" not in why:
                    raise RetryLaterError(message, sent=False)
                raise StopRunError(message)
            case Refused():
                raise RefusedError(_refused_message(call, answer), answer)
            case Throttled():
                raise AssertionError("a throttled answer is waited out")

    def _hold_off(self, call: Call, answer: Throttled, tries: _Tries) -> None:
        """Push the pace back as asked; give up when that has gone on for too long."""
        cost = call.cost if answer.bulk else Cost.REQUEST
        tries.throttles += 1
        usual = limits.BULK_THROTTLE_SECONDS if answer.bulk else min(2.0 ** (tries.throttles - 1), 30)
        seconds = answer.seconds if answer.seconds is not None else usual
        patience = self._options.throttle_patience
        self._pace.push_back(min(seconds, patience) / self._options.time_scale, cost)
        tries.held_off += max(seconds, 1.0)  # An answer of 0 must not loop for ever.
        if tries.held_off > patience:
            raise RetryLaterError(
                f"ActiveCampaign's rate limit held {call.name} off for too long; try again later.",
                sent=tries.maybe_done,
            )

    def _count(self, *, requests: int = 0, waited_seconds: float = 0, throttled_seconds: float = 0) -> None:
        with self._lock:
            self.stats.requests += requests
            self.stats.waited_seconds += waited_seconds
            self.stats.throttled_seconds += throttled_seconds

    def _note(self, call: Call, kind: str, detail: str) -> None:
        with self._lock:
            self.stats.by_class[kind] += 1
        level = logging.DEBUG if kind == "good" else logging.INFO
        log.log(level, "%s: %s, %s", call.name, kind, detail)


@dataclass(slots=True)
class _Tries:
    """How far one call has come, over all its attempts."""

    call: Call
    options: TransportOptions
    throttles: int = 0
    held_off: float = 0.0
    forbidden: int = 0
    may_be_chance: bool = False
    """The last refusal may be one of those that a good token meets (rule 4.3)."""
    maybe_done: bool = False
    """Some attempt may have been carried out although no answer arrived."""

    def backoff(self, error: Exception) -> bool | float:
        """Whether another attempt is worth while and harmless; a number: in so many seconds."""
        if isinstance(error, _ForbiddenError):
            return self.may_be_chance and self.forbidden <= limits.FORBIDDEN_RETRIES
        if not isinstance(error, _BrokenError) or not (self.call.repeatable or not error.sent):
            return False
        if error.seconds is None:
            return True
        return min(error.seconds, limits.BACKOFF_MOST_SECONDS) / self.options.time_scale


def _forbidden_mend(*, proven: bool) -> str:
    if proven:
        return (
            "The token's user lacks the permission; an ActiveCampaign administrator can grant it to the user's group."
        )
    return (
        "The access token is wrong, or its user has no access. Copy the Key from ActiveCampaign, Settings > Developer."
    )


def _refused_message(call: Call, refused: Refused) -> str:
    match refused.code:
        case "not-found":
            return f"ActiveCampaign has nothing at {call.path}."
        case "duplicate":
            return f"ActiveCampaign already has one like it and refused {call.name}."
        case _:
            return f"ActiveCampaign refused what {call.name} sent (status {refused.status})."
