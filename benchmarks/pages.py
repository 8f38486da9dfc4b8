"""How fast every page answers with 100,000 contacts and 1,000,000 outcomes (rule 15). `make bench-pages` runs it.

The pages are those of the URL table, asked through the WSGI application by an administrator. Each list is also sorted by
each of its columns, turned over, searched, and filtered by each choice. SONIS is a sample school in SQLite; ActiveCampaign
is not there. A page that takes longer than the limit in the median makes the benchmark fail.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any
from wsgiref.util import setup_testing_defaults

if TYPE_CHECKING:
    from sonisbridge.store.models import Institution

LIMIT_MS = 200
TIMES = 5
SEARCHED = ("smith", "person9", "zzz")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One address, asked several times."""

    path: str
    status: int
    median_ms: float
    worst_ms: float
    kilobytes: int


def main() -> int:
    """Fill a database, ask every page, print what each took; 1 when one is over the limit or broken."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--outcomes", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=100_000, help="name records in SONIS")
    parser.add_argument("--database", default="", help="address of an empty PostgreSQL database; SQLite without it")
    parser.add_argument("--keep", type=Path, help="a folder to keep, used again when it was filled before")
    parser.add_argument("--only", default="", help="only addresses that hold this text")
    given = parser.parse_args()
    with _folder(given.keep) as folder:
        os.environ["SONISBRIDGE_HOME"] = str(folder / "home")
        os.environ["SONISBRIDGE_DATABASE_URL"] = given.database
        from sonisbridge.cli.start import migrate, only_settings

        only_settings(verbose=False)
        migrate()
        from .filled_bridge import Size, filled

        began = time.monotonic()
        institution = filled(folder, Size(contacts=given.contacts, outcomes=given.outcomes, people=given.people))
        print(f"Filled in {time.monotonic() - began:.0f} s.", file=sys.stderr)
        return _report(list(_measured(institution, given.only)))


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept.absolute()
        return
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def _measured(institution: Institution, only: str) -> Iterator[Measured]:
    ask = _asker()
    for path in _paths(institution):
        if only not in path:
            continue
        status, page = ask(path)
        yield _timed(ask, path)
        if status == 200:
            for query in _queries(page):
                yield _timed(ask, f"{path}?{query}")


def _timed(ask: Callable[[str], tuple[int, bytes]], path: str) -> Measured:
    taken, status, page = [], 0, b""
    for _ in range(TIMES):
        began = time.perf_counter()
        status, page = ask(path)
        taken.append((time.perf_counter() - began) * 1000)
    return Measured(
        path=path, status=status, median_ms=median(taken), worst_ms=max(taken), kilobytes=round(len(page) / 1024)
    )


def _asker() -> Callable[[str], tuple[int, bytes]]:
    """Asks the WSGI application for an address as a signed-in administrator."""
    from django.contrib.auth.models import User
    from django.core.wsgi import get_wsgi_application
    from django.test import Client

    application = get_wsgi_application()
    client = Client()
    client.force_login(User.objects.get())
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())

    def ask(path: str) -> tuple[int, bytes]:
        place, _mark, query = path.partition("?")
        environment: dict[str, Any] = {"PATH_INFO": place, "QUERY_STRING": query, "HTTP_COOKIE": cookies}
        environment |= {"HTTP_HOST": "localhost", "wsgi.input": io.BytesIO()}
        setup_testing_defaults(environment)
        said: list[str] = []

        def start(status: str, _headers: list[tuple[str, str]], _error: object = None, /) -> Callable[[bytes], object]:
            said.append(status)
            return len

        answer = application(environment, start)
        page = b"".join(answer)
        close = getattr(answer, "close", None)
        if close:
            close()
        return int(said[0].split()[0]), page

    return ask


def _paths(institution: Institution) -> Iterator[str]:
    """Every page of the URL table; its places are filled with what is there."""
    from django.urls import get_resolver

    from .filled_bridge import VALUES

    for route in _routes(get_resolver().url_patterns, ""):
        places = re.findall(r"<(?:\w+:)?(\w+)>", route)
        unknown = [place for place in places if place not in VALUES]
        if unknown:
            print(f"Left out, no value for {unknown[0]}: {route}", file=sys.stderr)
            continue
        yield "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(VALUES[found[1]](institution)), route)


def _routes(patterns: Any, before: str) -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from _routes(pattern.url_patterns, route)
        elif hasattr(pattern.callback, "needs"):
            yield route


class _Filters(HTMLParser):
    """Finds what a list can be asked: how it is sorted, its filters and their choices, whether it can be searched."""

    def __init__(self) -> None:
        super().__init__()
        self.queries: dict[str, None] = {}
        self._in_filters = False
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One opening tag."""
        known = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._in_filters = "filters" in known.get("class", "").split()
        elif tag == "a" and known.get("href", "").startswith("?") and "as=csv" not in known["href"]:
            self.queries[known["href"][1:]] = None
        elif tag == "select" and self._in_filters:
            self._select = known.get("name", "")
        elif tag == "option" and self._select and known.get("value"):
            self.queries[f"{self._select}={known['value']}"] = None
        elif tag == "input" and self._in_filters and known.get("name") == "q":
            self.queries.update(dict.fromkeys(f"q={text}" for text in SEARCHED))

    def handle_endtag(self, tag: str) -> None:
        """One closing tag."""
        if tag == "select":
            self._select = ""
        if tag == "form":
            self._in_filters = False


def _queries(page: bytes) -> list[str]:
    found = _Filters()
    found.feed(page.decode("utf-8", "replace"))
    sorts = [query for query in found.queries if query.startswith("sort=")]
    both = [query.replace("sort=", "sort=-", 1) for query in sorts if not query.startswith("sort=-")]
    later = ["page=150"] if any("page=" in query for query in found.queries) else []
    return list(dict.fromkeys([query for query in [*found.queries, *both, *later] if query]))


def _report(rows: list[Measured]) -> int:
    wide = max((len(row.path) for row in rows), default=10)
    print(f"{'Address':{wide}}  status  median ms  worst ms   kB")
    for row in sorted(rows, key=lambda item: -item.median_ms):
        print(f"{row.path:{wide}}  {row.status:6}  {row.median_ms:9.0f}  {row.worst_ms:8.0f}  {row.kilobytes:3}")
    slow = [row for row in rows if row.median_ms > LIMIT_MS]
    broken = [row for row in rows if row.status >= 500 and row.path != "/readyz"]  # no worker is up here
    print(f"{len(rows)} addresses, {len(slow)} over {LIMIT_MS} ms, {len(broken)} broken.")
    return 1 if slow or broken else 0


if __name__ == "__main__":
    sys.exit(main())
