"""Other ways to do the same, on the same people, against the same look-alike with the same limits.

Both are played by a client that is as well paced as one can be: it always has as many requests out as the account takes,
and is never throttled. What is measured on few people is multiplied for many, since each person costs the same.
"""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import httpx2

from .floor import PER_SECOND
from .place import LookAlike, Place

Json = Any
PUBLISHED = (
    {"label": "a commercial connector (published)", "contacts": 37_000, "seconds": 3600.0},
    {"label": "the fastest commercial connector (published)", "contacts": 1_000_000, "seconds": 5400.0},
)
"""Figures that others publish of themselves; nobody measured them here."""
MARGIN = 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """What one way took. Seconds are the service's."""

    label: str
    people: int
    seconds: float
    requests: int
    throttled: int
    contacts: int
    """Contacts that stood in the account afterwards."""

    def document(self) -> dict[str, object]:
        """Every figure by its name."""
        return {
            "label": self.label,
            "people": self.people,
            "seconds": round(self.seconds, 2),
            "requests": self.requests,
            "throttled": self.throttled,
            "contacts": self.contacts,
            "per_hour": round(self.people / self.seconds * 3600),
        }


class PacedClient:
    """Sends a request as soon as the fifth last has been answered for a second, and not before."""

    def __init__(self, client: httpx2.Client, time_scale: float) -> None:
        self._client = client
        self._window = (1 + MARGIN) / time_scale
        self._answered: deque[float] = deque(maxlen=PER_SECOND)
        self.requests = self.throttled = 0

    def send(self, method: str, path: str, **more: Any) -> Json:
        """The answer's JSON."""
        self.wait()
        reply = self._client.request(method, path, **more)
        self._answered.append(time.monotonic())
        self.requests += 1
        self.throttled += reply.status_code == 429
        reply.raise_for_status()
        return reply.json()

    def wait(self) -> None:
        """Returns when the account takes another request."""
        if len(self._answered) == PER_SECOND:
            time.sleep(max(self._answered[0] + self._window - time.monotonic(), 0))


def one_call(client: PacedClient, person: Json) -> None:
    """`contact/sync` for each person, with all of their values inside."""
    client.send("POST", "/contact/sync", json={"contact": person})


def three_calls(client: PacedClient, person: Json) -> None:
    """Look for the address, create or update, then set one value: what a widely used open connector does."""
    found = client.send("GET", "/contacts", params={"email": person["email"], "limit": 1})["contacts"]
    path = f"/contacts/{found[0]['id']}" if found else "/contacts"
    made = client.send("PUT" if found else "POST", path, json={"contact": person})["contact"]
    value = person["fieldValues"][0]
    body = {"fieldValue": {"contact": made["id"], "field": value["field"], "value": value["value"]}}
    client.send("POST", "/fieldValues", json=body)


WAYS: tuple[tuple[str, Callable[[PacedClient, Json], None]], ...] = (
    ("one call a person (contact/sync)", one_call),
    ("three calls a person (search, write, field value)", three_calls),
)


def measured(place: Place, many: int) -> Iterator[Peer]:
    """Each way, with the people whom the first export sent, into an account of its own that has the same fields."""
    fields = place.account.fields()
    titles = {str(row["id"]): row["title"] for row in fields}
    sent = list(itertools.islice(_exported(place.account.contacts(), titles), many))
    world = {"fields": [{"title": row["title"], "type": row["type"], "options": row["choices"]} for row in fields]}
    for label, way in WAYS:
        with closing(LookAlike(place.size.time_scale)) as account:
            account.control("PUT", "/world", world)
            yield _measured(account, place.size.time_scale, (label, way), sent)


def _measured(
    account: LookAlike, scale: float, way: tuple[str, Callable[[PacedClient, Json], None]], sent: list[Json]
) -> Peer:
    ids = {row["title"]: row["id"] for row in account.fields()}
    people = [_as_sent(contact, ids) for contact in sent]
    client = PacedClient(account.api, scale)
    began = time.monotonic()
    for person in people:
        way[1](client, person)
    client.wait()  # else the first five would cost nothing, and the more the fewer there are
    seconds = (time.monotonic() - began) * scale
    stand = sum(1 for _ in account.contacts())
    return Peer(
        label=way[0], people=len(people), seconds=seconds, requests=client.requests, throttled=client.throttled,
        contacts=stand,
    )  # fmt: skip


def _exported(contacts: Iterable[Json], titles: dict[str, str]) -> Iterator[Json]:
    """Contacts that carry a SONIS_ID, their values by title, that one first."""
    for contact in contacts:
        values = {titles[key]: held[0] for key, held in contact["values"].items() if held[0]}
        sonis_id = values.pop("SONIS_ID", "")
        if sonis_id:
            yield {**contact, "values": {"SONIS_ID": sonis_id, **values}}


def _as_sent(contact: Json, ids: dict[str, str]) -> Json:
    values = [{"field": ids[title], "value": value} for title, value in contact["values"].items()]
    names = {"firstName": contact["first_name"], "lastName": contact["last_name"], "phone": contact["phone"]}
    return {"email": contact["email"], **names, "fieldValues": values}
