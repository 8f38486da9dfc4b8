"""What is different between two recorded states, for the audit log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_ABSENT = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One value that differs; None on a side where there was none."""

    name: str
    """Where it stands, such as "rows, name.nickname"; "" for a state that is a value itself."""
    before: str | None
    after: str | None


def differences(before: Any, after: Any) -> list[Difference]:
    """What differs, by name. A state may be any JSON value; what is the same on both sides is left out."""
    old, new = dict(_values(before, ())), dict(_values(after, ()))
    return [
        Difference(name=", ".join(path), before=_text(old.get(path, _ABSENT)), after=_text(new.get(path, _ABSENT)))
        for path in sorted({*old, *new})
        if old.get(path, _ABSENT) != new.get(path, _ABSENT)
    ]


def _values(state: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(state, Mapping):
        for key, value in state.items():
            yield from _values(value, (*path, str(key)))
    elif state is not None:
        yield path, state


def _text(value: Any) -> str | None:
    if value is _ABSENT:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return str(value)
