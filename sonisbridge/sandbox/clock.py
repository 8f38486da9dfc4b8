"""The two clocks of the service: one that stamps records, one that limits and latencies run on."""

import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

_OFFSET = re.compile(r"^([+-])(\d{2}):?(\d{2})$")


@lru_cache(maxsize=16)
def account_zone(name: str) -> tzinfo:
    """The time zone an account is set to: a fixed offset such as -05:00, or an IANA name."""
    match = _OFFSET.match(name)
    if match is None:
        return ZoneInfo(name)
    minutes = int(match[2]) * 60 + int(match[3])
    return timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes))


@lru_cache(maxsize=200_000)
def iso(moment: int, zone_name: str) -> str:
    """An instant as ActiveCampaign writes it: ISO 8601 with the account's offset."""
    return datetime.fromtimestamp(moment, account_zone(zone_name)).isoformat(timespec="seconds")


def naive(moment: int, zone_name: str) -> str:
    """An instant in the older form without an offset: the account's wall time."""
    return datetime.fromtimestamp(moment, account_zone(zone_name)).strftime("%Y-%m-%d %H:%M:%S")


def parse_instant(text: str, zone_name: str) -> int:
    """Seconds since the epoch for a date or date-time; without an offset it is the account's time.

    Raises ValueError when it is neither.
    """
    parsed = datetime.fromisoformat(text.strip())
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=account_zone(zone_name))
    try:
        return int(parsed.astimezone(UTC).timestamp())
    except OverflowError as error:
        raise ValueError("out of range") from error


@dataclass(slots=True)
class ServiceClock:
    """Now, twice: for the stamps on records and for limits.

    `seconds` runs `scale` times as fast as real time, `now` does not; `advance` moves both.
    """

    scale: float = 1.0
    advanced: float = 0.0
    _started: float = field(default_factory=time.monotonic)

    def seconds(self) -> float:
        """Service seconds since the start."""
        return (time.monotonic() - self._started) * self.scale + self.advanced

    def now(self) -> int:
        """The instant that a record changed at this moment carries, in seconds since the epoch."""
        return int(time.time() + self.advanced)

    def advance(self, seconds: float) -> None:
        """Move both clocks forward."""
        self.advanced += seconds

    def real(self, service_seconds: float) -> float:
        """How long so many service seconds really last."""
        return service_seconds / self.scale
