"""Faults on demand: which request fails, and how. The same seed fails the same requests."""

import fnmatch
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

FAULTS: Mapping[str, str] = {
    "402": "Answers 402, as when the account's plan has ended. Nothing is done.",
    "403": "Answers 403 although the token is good. Nothing is done.",
    "429": "Answers 429 with Retry-After. Nothing is done.",
    "500": "Answers 500 with a JSON message. Nothing is done.",
    "502": "Answers 502 with an HTML page. Nothing is done.",
    "503": "Answers 503 with an HTML page. Nothing is done.",
    "html200": "Answers 200 with an HTML page. Nothing is done.",
    "empty200": "Does the work and answers 200 with an empty body.",
    "cut_json": "Does the work and sends only half of the JSON.",
    "reset": "Resets the connection before the work is done.",
    "no_answer": "Hangs until the client gives up. Nothing is done.",
    "committed_lost": "Does the work, then resets the connection.",
    "slow": "Waits `seconds` (2) before it does the work.",
    "bulk_partial": "An import completes, but `fraction` (0.5) of its rows are not written.",
    "bulk_failed": "An import ends as failed, with nothing written.",
    "bulk_interrupted": "An import ends as interrupted after `fraction` (0.5) of its rows.",
}
_BULK = frozenset({"bulk_partial", "bulk_failed", "bulk_interrupted"})


class FaultError(ValueError):
    """A fault that does not exist, or a rule that cannot be read."""


@dataclass(slots=True, kw_only=True)
class FaultRule:
    """When one fault happens. Without a choice of requests it happens to each that matches."""

    name: str
    probability: float | None = None
    every: int | None = None
    next: int | None = None
    at: tuple[int, ...] = ()
    method: str = "*"
    path: str = "*"  # below /api/3, with * as in file names
    seconds: float = 2.0
    fraction: float = 0.5
    matched: int = 0
    fired: int = 0
    dice: random.Random = field(default_factory=random.Random, repr=False)

    def strikes(self, method: str, path: str, number: int) -> bool:
        """Whether this request is hit; counts it."""
        if self.method not in ("*", method) or not fnmatch.fnmatchcase(path, self.path):
            return False
        self.matched += 1
        hit = self._chosen(number)
        self.fired += hit
        return hit

    def _chosen(self, number: int) -> bool:
        if self.at:
            return number in self.at
        if self.next is not None:
            return self.fired < self.next
        if self.every is not None:
            return self.matched % self.every == 0
        return self.probability is None or self.dice.random() < self.probability

    def as_json(self) -> dict[str, Any]:
        """The rule as the control API shows it."""
        shown = {name: getattr(self, name) for name in ("name", "probability", "every", "next", "method", "path")}
        extra = {name: getattr(self, name) for name in ("seconds", "fraction", "matched", "fired")}
        return {**shown, "at": list(self.at), **extra}


def _number(name: str, value: object, kind: type[int] | type[float]) -> Any:
    try:
        parsed = kind(str(value))
    except ValueError as error:
        raise FaultError(f"a fault's {name} must be a number") from error
    if parsed < 0 or (name == "every" and parsed < 1) or (name == "probability" and parsed > 1):
        raise FaultError(f"a fault's {name} is out of range")
    return parsed


def rule_from_json(raw: Mapping[str, Any]) -> FaultRule:
    """A rule from its JSON form; raises FaultError with the reason."""
    name = str(raw.get("name", ""))
    if name not in FAULTS:
        raise FaultError(f"there is no fault {name!r}; there are: {', '.join(FAULTS)}")
    rule = FaultRule(name=name)
    for key, value in raw.items():
        if value is None or key in ("name", "matched", "fired"):
            continue
        if key in ("probability", "seconds", "fraction"):
            setattr(rule, key, _number(key, value, float))
        elif key in ("every", "next"):
            setattr(rule, key, _number(key, value, int))
        elif key == "at":
            places = value if isinstance(value, list) else [value]
            rule.at = tuple(_number("at", place, int) for place in places)
        elif key == "method":
            rule.method = str(value).upper()
        elif key == "path":
            rule.path = str(value)
        else:
            raise FaultError(f"a fault has no {key!r}")
    return rule


def rule_from_text(text: str) -> FaultRule:
    """A rule from NAME=VALUE, VALUE being comma-separated: 0.1, every:7, next:2, at:12, path:..."""
    name, _, value = text.partition("=")
    raw: dict[str, Any] = {"name": name.strip()}
    for part in filter(None, (piece.strip() for piece in value.split(","))):
        key, colon, given = part.partition(":")
        if not colon:
            raw["probability"] = key
        elif key == "at":
            raw.setdefault("at", []).append(given)
        else:
            raw[key] = given
    return rule_from_json(raw)


class Faults:
    """The rules in force, in order; the first that strikes wins."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rules: list[FaultRule] = []

    def replace(self, rules: Iterable[FaultRule]) -> None:
        """Put these rules in force instead of all others."""
        self.rules = []
        for rule in rules:
            self.add(rule)

    def add(self, rule: FaultRule) -> None:
        """Put one more rule in force."""
        rule.dice = random.Random(f"{self.seed}:{len(self.rules)}:{rule.name}")
        self.rules.append(rule)

    def strike(self, method: str, path: str, number: int) -> FaultRule | None:
        """The fault of this request, if any."""
        if not self.rules:
            return None
        is_import = method == "POST" and path == "/import/bulk_import"
        for rule in self.rules:
            if rule.name in _BULK and not is_import:
                continue
            if rule.strikes(method, path, number):
                return rule
        return None
