"""Brings the contact mirror up to date: by a full scan, or by what changed since the high-water mark (rule 4.1)."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from django.utils import timezone as clock

from sonisbridge.core.contact import Contact, ContactId

from .running import Running
from .sides import Sides

FULL_SCAN_EVERY = timedelta(hours=24)
CALIBRATE_EVERY = timedelta(hours=24)
OVERLAP = timedelta(minutes=5)
DAY = timedelta(days=1)


def refresh(sides: Sides, going: Running, *, full: bool = False) -> None:
    """Make the mirror say what ActiveCampaign says. A scan that breaks off changes no mark and forgets nobody."""
    row = sides.institution
    due = row.scanned_at is None or clock.now() - row.scanned_at > FULL_SCAN_EVERY
    if full or due or row.mark is None:
        _scan_all(sides, going)
    else:
        _scan_changed(sides, going, row.mark)
    if row.calibrated_at is None or clock.now() - row.calibrated_at > CALIBRATE_EVERY:
        _calibrate(sides)


def _scan_all(sides: Sides, going: Running) -> None:
    row = sides.institution
    _read_pages(sides, going, "Reading contacts", updated_after=None, scan=going.run.pk)
    sides.mirror.forget_unseen(going.run.pk)
    row.mark, row.scanned_at = sides.mirror.newest(), clock.now()
    row.save(update_fields=["mark", "scanned_at", "utc_offset"])


def _scan_changed(sides: Sides, going: Running, mark: datetime) -> None:
    row = sides.institution
    since = mark - OVERLAP if row.honours_time else mark - DAY
    text = _as_moment(since, row.utc_offset) if row.honours_time else _as_day(since, row.utc_offset)
    _read_pages(sides, going, "Reading changed contacts", updated_after=text, scan=0)
    row.mark = sides.mirror.newest() or mark
    row.save(update_fields=["mark", "utc_offset"])


def _read_pages(sides: Sides, going: Running, step: str, *, updated_after: str | None, scan: int) -> None:
    last: ContactId | None = None
    done = 0
    while True:
        page = sides.activecampaign.contacts_page(last, updated_after=updated_after)
        sides.mirror.save(page.contacts, scan=scan)
        sides.mirror.forget(page.deleted)
        _learn_offset(sides, page.contacts)
        done += len(page.contacts)
        going.progress(step, done)
        if not page.full or page.last_id is None:
            return
        last = page.last_id


def _learn_offset(sides: Sides, contacts: list[Contact]) -> None:
    """Remember the zone in which the account writes its times: the filter is asked in the same."""
    moment = next((contact.updated for contact in contacts if contact.updated), None)
    offset = moment.utcoffset() if moment else None
    if offset is not None:
        sides.institution.utc_offset = int(offset.total_seconds() // 60)


def _calibrate(sides: Sides) -> None:
    """Find out whether `updated_after` looks at the time of day: ask for a moment between two known changes of one day.

    Where no such pair is known the question stays open, and whole days are asked for.
    """
    row = sides.institution
    pair = sides.mirror.two_of_a_day(row.utc_offset)
    if pair is None:
        return
    (older_id, older), (newer_id, _newer) = pair
    between = _as_moment(older + timedelta(seconds=1), row.utc_offset)
    row.honours_time = not _listed(sides, older_id, between) and _listed(sides, newer_id, between)
    row.calibrated_at = clock.now()
    row.save(update_fields=["honours_time", "calibrated_at"])


def _listed(sides: Sides, contact_id: ContactId, updated_after: str) -> bool:
    before = ContactId(str(int(contact_id) - 1))
    page = sides.activecampaign.contacts_page(before, updated_after=updated_after, limit=1)
    return any(contact.contact_id == contact_id for contact in page.contacts)


def _as_moment(moment: datetime, offset: int) -> str:
    return moment.astimezone(timezone(timedelta(minutes=offset))).isoformat(timespec="seconds")


def _as_day(moment: datetime, offset: int) -> str:
    return moment.astimezone(timezone(timedelta(minutes=offset))).date().isoformat()
