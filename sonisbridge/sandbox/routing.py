"""Which handler answers which request."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sonisbridge.sandbox.records import Contact, as_id
from sonisbridge.sandbox.replies import Reply, ok
from sonisbridge.sandbox.requests import Request
from sonisbridge.sandbox.service import Origin, Service
from sonisbridge.sandbox.shapes import Shapes
from sonisbridge.sandbox.world import World


@dataclass(slots=True, kw_only=True)
class Api:
    """What every handler works with."""

    service: Service
    shapes: Shapes

    @property
    def world(self) -> World:
        """The state of the account."""
        return self.service.world

    def contact(self, key: object) -> Contact | None:
        """A contact that is not deleted, by id."""
        return self.world.live_contact(as_id(key))

    def total(self, count: int) -> Any:
        """A total as this account writes it."""
        return str(count) if self.service.switches["meta_total"] == "string" else count


Handler = Callable[[Api, Request], Reply]


def origin(request: Request) -> Origin:
    """The origin of a change that an API request makes."""
    return Origin(by=f"request {request.entry.number}")


class Router:
    """Routes by path segments; a segment in braces takes any value."""

    def __init__(self, tables: Iterable[Mapping[str, Handler]]) -> None:
        self._tree: dict[str, Any] = {}
        for table in tables:
            for pattern, handler in table.items():
                method, _, path = pattern.partition(" ")
                node = self._tree
                for segment in path.split("/"):
                    node = node.setdefault("*" if segment.startswith("{") else segment, {})
                node[f" {method}"] = (handler, path)

    def find(self, request: Request) -> Handler | int:
        """The handler, or the status to answer: 404 or 405. Fills in `ids` and `route`."""
        node, ids = self._tree, []
        for segment in request.path.strip("/").split("/"):
            if segment in node:
                node = node[segment]
            elif "*" in node:
                node = node["*"]
                ids.append(segment)
            else:
                return 404
        found = node.get(f" {request.method}")
        if found is None:
            return 405 if any(key.startswith(" ") for key in node) else 404
        request.ids, request.route = tuple(ids), found[1]
        handler: Handler = found[0]
        return handler


def listing(api: Api, request: Request, *, name: str, rows: list[Any]) -> Reply:
    """One page of rows that are ready to be shown, with its meta."""
    limit, offset = request.limit(), request.offset()
    meta = {"total": api.total(len(rows))}
    return ok({name: rows[offset : offset + limit], "meta": meta})


def order_rows(request: Request, rows: list[Any], keys: Mapping[str, str]) -> None:
    """Sort rows in place by orders[...]; `keys` maps an order's name to the row's key."""
    for name, descending in reversed(request.query.orders()):
        if name in keys:
            key = keys[name]
            rows.sort(key=lambda row: str(row.get(key) or "").casefold(), reverse=descending)
