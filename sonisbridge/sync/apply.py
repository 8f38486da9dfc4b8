"""Applies a stored plan: check that each line still holds, send it the quickest lawful way, read it back (rules 6.4 to 6.7).

Every change is written down as sent before it is sent, and its outcome as soon as it is known. The account's limits are the
only thing that a run should wait for, so requests go side by side, and what takes longest from its start to its end
goes first: posts to the importer, then single calls, then what was written is read back.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress

from django.db import DatabaseError
from django.utils import timezone

from sonisbridge.core.errors import SonisbridgeError
from sonisbridge.core.outcome import Kind

from . import mirror
from .accounts import made_account
from .bulk import BulkSender
from .estimates import begin_sending
from .feed import Feed
from .lanes import Call, Lanes
from .readback import ReadBack
from .routes import FEW
from .running import Running
from .sides import Sides
from .singles import SingleSender

logger = logging.getLogger("sonisbridge.apply")


def apply_plan(sides: Sides, going: Running, *, people_may_differ: bool) -> None:
    """Send every line of the stored plan that still holds, and record what became of it."""
    total = sum(many for kind, many in going.plan.sizes().items() if kind in {Kind.CREATED, Kind.UPDATED})
    if total:
        _say_how_long(sides, going, total)
        mirror.refresh(sides, going, again=True)
        Applier(sides, going, made_account(sides), total).apply(people_may_differ=people_may_differ)
    going.count_up()


def _say_how_long(sides: Sides, going: Running, total: int) -> None:
    about = begin_sending(going.run, requests=sides.activecampaign.stats.requests, seconds=going.seconds)
    logger.info("run %s sends %s lines: %s requests, %.1f s", going.run.pk, total, about.requests, about.seconds)


class Applier:
    """One plan being applied."""

    def __init__(self, sides: Sides, going: Running, account_id: str | None, total: int) -> None:
        self._sides = sides
        self._going = going
        self._by_importer = not sides.policy.automations or total > FEW
        self._readback = ReadBack(sides, going, account_id, total)
        self._singles = SingleSender(sides, self._readback)
        self._bulk = BulkSender(sides, going, self._readback)
        self._account_id = account_id

    def apply(self, *, people_may_differ: bool) -> None:
        """Go through the lines once, and follow each to its outcome."""
        self._note_first_write()
        self._feed = Feed(
            self._sides,
            self._going,
            self._bulk,
            self._singles,
            people_may_differ=people_may_differ,
            by_importer=self._by_importer,
            account_id=self._account_id,
        )
        try:
            with Lanes() as lanes:
                self._send_everything(lanes)
            self._readback.finish()
        finally:
            with suppress(SonisbridgeError, DatabaseError):
                self._readback.end_unlinked()

    def _note_first_write(self) -> None:
        if self._sides.institution.wrote_at is None:
            self._sides.institution.wrote_at = timezone.now()
            self._sides.institution.save(update_fields=["wrote_at"])

    def _send_everything(self, lanes: Lanes) -> None:
        """Keep requests going until nothing is left to send, to follow or to read back."""
        while True:
            while lanes.free and (call := self._next(idle=not lanes.busy)) is not None:
                lanes.start(call)
            if lanes.busy:
                lanes.deal(within=self._bulk.until_due())
            elif self._bulk.lost:
                self._bulk.recover()
            elif (seconds := self._bulk.until_due()) is not None:
                self._pause(seconds)
            else:
                return

    def _next(self, *, idle: bool) -> Call | None:
        """The request to start now; None while there is none. `idle`: none is under way that may lead to more."""
        return (
            self._feed.call()
            or self._bulk.post()
            or self._bulk.poll()
            or self._singles.call()
            or self._readback.link()
            or self._bulk.look_for_new(last=idle and self._bulk.drained(self._feed.over))
            or self._readback.page(last=idle and self._feed.over and self._bulk.over)
        )

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._going.check()
            time.sleep(min(left, 0.2))
