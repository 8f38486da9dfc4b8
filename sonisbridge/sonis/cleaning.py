"""What a SONIS column holds, made plain: padding, blanks, zeros and odd dates end here (rule 3.2)."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import Any


def text(value: Any) -> str:
    """The text without its padding; "" for NULL and blanks."""
    if isinstance(value, str):
        return value.strip()
    return "" if value is None else str(value).strip()


def year(value: Any) -> str:
    """A year as text; "" for 0, which SONIS writes where it knows none."""
    found = text(value)
    return found if found.strip("0.") else ""


def number(value: Any) -> int:
    """A small number or flag; 0 for NULL, blanks and what is no number."""
    if isinstance(value, int):
        return int(value)
    if isinstance(value, bytes):
        return int.from_bytes(value, "big")
    written = text(value).casefold()
    if written in ("true", "yes"):
        return 1  # a bit, as ColdFusion may write it
    try:
        return int(float(written or 0))
    except (ValueError, OverflowError):
        return 0


def day(value: Any) -> date | None:
    """A date; None for NULL, blanks and what is no date. The time of day is dropped."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    return _read(text(value)[:10])


@lru_cache(maxsize=4096)
def _read(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None
