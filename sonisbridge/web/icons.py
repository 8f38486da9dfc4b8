"""The line drawings of the pages, on a grid of 20 by 20. Each stands beside words and is hidden from readers."""

from __future__ import annotations

from collections.abc import Mapping


def _line(path: str) -> str:
    return f'<path d="{path}"/>'


ICONS: Mapping[str, str] = {
    # places
    "home": _line("M3 9.5 10 3.5l7 6M5 8.5V16h3.5v-4h3v4H15V8.5"),
    "exchange": _line("M4 7h11l-3-3M16 13H5l3 3"),
    "runs": _line("M4 5h12M4 10h12M4 15h7"),
    "contacts": _line("M10 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM4 16.5c.6-3 3-4.5 6-4.5s5.4 1.5 6 4.5"),
    "review": _line("M5 17V3.5M5 4.5h9.5l-2 3.2 2 3.3H5"),
    "prospects": _line("M3 11V4.5h14V11M3 11h4l1.5 2.5h3L13 11h4v5H3v-5Z"),
    "configuration": _line("M4 6h6M14 6h2M4 14h2M10 14h6M12 4v4M8 12v4"),
    "schedule": _line("M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 6v4l2.5 2"),
    "notifications": _line("M5 13.5V9a5 5 0 0 1 10 0v4.5l1.5 1.5h-13L5 13.5ZM8.5 17.5h3"),
    "users": _line(
        "M7.5 9a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM2.5 16c.4-3 2.3-4.5 5-4.5s4.6 1.5 5 4.5M14 5a2 2 0 0 1 0 4M15 12q2 1 2.5 4"
    ),
    "audit": _line("M5 3h7l3 3v11H5V3ZM8 9h4M8 12.5h4"),
    # doing
    "search": _line("M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM13 13l3.5 3.5"),
    "menu": _line("M3.5 6h13M3.5 10h13M3.5 14h13"),
    "bell": _line("M5 13.5V9a5 5 0 0 1 10 0v4.5l1.5 1.5h-13L5 13.5ZM8.5 17.5h3"),
    "user": _line("M10 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM4 16.5c.6-3 3-4.5 6-4.5s5.4 1.5 6 4.5"),
    "download": _line("M10 3.5v9M6.5 9l3.5 3.5L13.5 9M4 16.5h12"),
    "up": _line("M6 11.5 10 7.5l4 4"),
    "down": _line("M6 8.5l4 4 4-4"),
    "next": _line("M8 5l5 5-5 5"),
    "previous": _line("M12 5l-5 5 5 5"),
    "warning": _line("M10 3.5 17.5 16.5h-15L10 3.5ZM10 8.5v3.5M10 14.3v.1"),
    "tick": _line("M4.5 10.5l3.5 3.5 7.5-8"),
    "information": _line("M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 9v4.5M10 6.5v.1"),
    # what became of somebody: each outcome has a shape of its own
    "is-created": _line("M10 5v10M5 10h10"),
    "is-updated": _line("M5 12.5l5-5 5 5"),
    "is-unchanged": _line("M5 8h10M5 12h10"),
    "is-skipped": _line("M5 5l5 5-5 5M14 5v10"),
    "is-conflict": _line("M10 4v8M10 15.5v.1"),
    "is-failed": _line("M6 6l8 8M14 6l-8 8"),
    "is-held": _line("M7.5 5v10M12.5 5v10"),
    "is-not_kept": _line("M6 8a4.5 4.5 0 1 1 1 6M6 4.5V8h3.5"),
    # a run that is on its way
    "running": _line("M10 3.5a6.5 6.5 0 1 1-6.5 6.5M10 6.5V10l2.5 1.5"),
    "queued": _line("M5 10h.1M10 10h.1M15 10h.1"),
}
