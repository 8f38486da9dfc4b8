"""What becomes of a custom field value on its way in (docs/activecampaign.md, section 5.2)."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from sonisbridge.sandbox.clock import account_zone
from sonisbridge.sandbox.records import Row
from sonisbridge.sandbox.switches import Switches
from sonisbridge.sandbox.world import World

FIELD_TYPES = (
    "text",
    "textarea",
    "date",
    "datetime",
    "dropdown",
    "listbox",
    "radio",
    "checkbox",
    "hidden",
    "number",
    "NULL",
)
ONE_OF = frozenset({"dropdown", "radio"})
SOME_OF = frozenset({"listbox", "checkbox"})


class Fate(Enum):
    """What happens to a value that is not simply stored."""

    IGNORED = "ignored"
    CLEARED = "cleared"


class ValueRefused(Exception):
    """The value is answered with 422; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueRules:
    """How values are taken in: by the switches, and by whether a bulk row brought them."""

    world: World
    switches: Switches
    bulk: bool = False

    def take(self, field: Row, value: object) -> str | Fate:
        """The text to store, or what happens instead; raises ValueRefused."""
        text = as_text(value)
        kind = str(field["type"])
        if not text.strip("|").strip():
            return self._blank(kind)
        if kind in ONE_OF:
            return self._option(field, text)
        if kind in SOME_OF:
            return self._options(field, text)
        if kind in ("date", "datetime"):
            return self._moment(kind, text)
        longest = self.switches.number("max_text_length")
        return text[:longest] if longest else text

    def _blank(self, kind: str) -> Fate:
        answer = self.switches["blank_clears"]
        if self.bulk and self.switches["blank_clears_bulk"] != "same":
            answer = self.switches["blank_clears_bulk"]
        elif kind in ("date", "datetime") and self.switches["blank_clears_date"] != "same":
            answer = self.switches["blank_clears_date"]
        if answer == "reject" and not self.bulk:
            raise ValueRefused("The field value was not provided.")
        return Fate.CLEARED if answer == "on" else Fate.IGNORED

    def _mismatch(self, switch: str, text: str) -> str | Fate:
        answer = self.switches[switch]
        if answer == "reject" and not self.bulk:
            raise ValueRefused("The field value is not valid.")
        return text if answer == "store" else Fate.IGNORED

    def _option(self, field: Row, text: str) -> str | Fate:
        known = {str(row["value"]) for row in self.world.options_of(int(field["id"]))}
        return text if text in known else self._mismatch("option_mismatch", text)

    def _options(self, field: Row, text: str) -> str | Fate:
        known = {str(row["value"]) for row in self.world.options_of(int(field["id"]))}
        parts = [part for part in text.split("||") if part]
        kept: list[str] = []
        for part in parts:
            fate = part if part in known else self._mismatch("option_mismatch", part)
            if isinstance(fate, str) and fate not in kept:
                kept.append(fate)
        if field["type"] == "listbox" and self.switches["listbox_holds"] == "one":
            kept = kept[:1]
        return f"||{'||'.join(kept)}||" if kept else Fate.IGNORED

    def _moment(self, kind: str, text: str) -> str | Fate:
        try:
            if kind == "date":
                return date.fromisoformat(text.strip()[:10]).isoformat()
            moment = datetime.fromisoformat(text.strip())
            zone = account_zone(self.switches["time_zone"])
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=zone)
            if self.switches.on("datetime_rezoned"):
                moment = moment.astimezone(zone)
            return moment.isoformat(timespec="seconds")
        except (ValueError, OverflowError):
            return self._mismatch("bad_date", text)


def as_text(value: object) -> str:
    """A scalar as text; a list becomes the ||A||B|| form."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, list):
        return f"||{'||'.join(as_text(part) for part in value)}||" if value else ""
    return str(value)
