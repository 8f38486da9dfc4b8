"""Sees what the importer made by reading the newest contacts, in full pages, without asking it which they are (rule 6.7)."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from sonisbridge.activecampaign.client import ContactsPage
from sonisbridge.activecampaign.limits import PAGE_ROWS
from sonisbridge.core.contact import ContactId
from sonisbridge.core.id_pages import IdPages

from .lanes import LANES, Call
from .readback import ReadBack
from .sides import Sides

BARREN = 2
"""After so many pages without one of ours, contacts that were just made are taken not to be listed."""


class NewContacts:
    """The contacts behind those that were there when the plan was begun to be applied."""

    def __init__(self, sides: Sides, readback: ReadBack) -> None:
        self._sides = sides
        self._readback = readback
        self._pages = IdPages(int(sides.mirror.highest_id() or 0))
        self._under_way = 0
        self._barren = 0
        self._end_seen = 0.0

    def may_show(self, due: float) -> bool:
        """Whether contacts that ought to be there since then may still be seen without asking the importer."""
        return self._barren < BARREN and self._end_seen < due

    def not_yet(self) -> None:
        """The importer has not done what was looked for: that it was not there says nothing."""
        self._barren = 0

    def call(self, many: int, newest: float | None, *, then: Callable[[], None]) -> Call | None:
        """The next page when it will be full of the `many` contacts that ought to be there.

        `newest`: no more will come, so a part of a page will do, unless the end was seen since they were all due.
        """
        if self._barren >= BARREN:
            return None
        rest = newest is not None and many > 0 and not self._under_way and self.may_show(newest)
        if many - self._under_way * PAGE_ROWS < PAGE_ROWS and not rest:
            return None
        if self._pages.at_end and not self._under_way:
            self._pages.go_on()
        start = self._pages.next(at_once=LANES)
        if start is None:
            return None
        self._under_way += 1
        return Call(
            ask=partial(self._sides.activecampaign.contacts_page, ContactId(str(start))),
            then=partial(self._read, start, time.monotonic(), then),
        )

    def _read(self, start: int, asked: float, then: Callable[[], None], page: ContactsPage) -> None:
        self._under_way -= 1
        at_end_before = self._pages.at_end
        self._pages.took(start, int(page.last_id) if page.last_id else None, full=page.full)
        ours = self._readback.see(page.contacts)
        if ours or page.full:
            self._barren = 0
        else:
            self._barren += 1
        if self._pages.at_end and not at_end_before:
            self._end_seen = asked
        then()
