"""GET /contacts: which contacts, in which order, which page (docs/activecampaign.md, section 2)."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sonisbridge.sandbox.clock import parse_instant
from sonisbridge.sandbox.records import UNCONFIRMED, UNSUBSCRIBED, Contact, as_id
from sonisbridge.sandbox.requests import Request
from sonisbridge.sandbox.service import Service

Test = Callable[[Contact], bool]
DATE_FILTERS = ("created_before", "created_after", "updated_before", "updated_after")
_DATE_ONLY = re.compile(r"^\d{4}-\d{1,2}-\d{1,2}$")
_OFFSET = re.compile(r"(Z|[+-]\d{2}:?\d{2})$")
_DAY = 86_400


class BadFilter(Exception):
    """A filter that this listing does not know, where unknown filters are rejected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of contacts and the total that goes with it."""

    contacts: list[Contact]
    total: int


def find_page(service: Service, request: Request) -> Page:
    """The contacts that a request asks for."""
    world, query = service.world, request.query
    limit, offset = request.limit(), request.offset()
    greater, less = query.number("id_greater"), query.number("id_less")
    tests = list(_tests(service, request))
    keys = _candidates(service, request)
    if keys is None:
        keys = world.live if less is None else world.between(None, less)
        by_id = query.orders() in ([], [("id", False)])
        if not tests and by_id and not _shows_deleted(service):
            return _plain_page(service, keys, greater, (limit, offset))
    elif less is not None:
        keys = [key for key in keys if key < less]
    found = [world.contacts[key] for key in keys]
    if _shows_deleted(service):
        found.extend(contact for contact in world.contacts.values() if contact.deleted)
        found.sort(key=lambda contact: contact.id)
    for test in tests:
        found = [contact for contact in found if test(contact)]
    rest = found if greater is None else [one for one in found if one.id > greater]
    total = len(found if service.switches["total_under_id_greater"] == "all" else rest)
    _order(rest, query.orders())
    return Page(contacts=rest[offset : offset + limit], total=total)


def _plain_page(service: Service, keys: list[int], greater: int | None, page: tuple[int, int]) -> Page:
    limit, offset = page
    start = 0 if greater is None else bisect_right(keys, greater)
    rest = service.switches["total_under_id_greater"] == "rest"
    chosen = keys[start + offset : start + offset + limit]
    contacts = service.world.contacts
    return Page(contacts=[contacts[key] for key in chosen], total=len(keys) - (start if rest else 0))


def _shows_deleted(service: Service) -> bool:
    return service.switches.on("deleted_listed")


def _candidates(service: Service, request: Request) -> list[int] | None:
    """The few contacts that can match, ascending, or None for all."""
    world, query = service.world, request.query
    if query.has("ids"):
        asked = {as_id(part) for part in query.many("ids")}
        return sorted(key for key in asked if key is not None and world.live_contact(key))
    email = query.one("email")
    if email:
        contact = world.find(email)
        return [contact.id] if contact else []
    after = query.one("filters", "updated_after")
    if after and (moment := _moment(service, after)) is not None:
        return sorted(world.changed_since(moment))
    if (list_id := query.number("listid")) is not None and query.number("status") != -1:
        members = {owner for owner, part in world.memberships.values() if part == list_id}
        return sorted(key for key in members if world.live_contact(key))
    return None


def _order(contacts: list[Contact], orders: list[tuple[str, bool]]) -> None:
    keys: dict[str, Callable[[Contact], str | int]] = {
        "id": lambda contact: contact.id,
        "cdate": lambda contact: contact.cdate,
        "udate": lambda contact: contact.udate,
        "email": lambda contact: contact.email.casefold(),
        "first_name": lambda contact: contact.first_name.casefold(),
        "last_name": lambda contact: contact.last_name.casefold(),
        "name": lambda contact: f"{contact.first_name} {contact.last_name}".casefold(),
    }
    keys["firstName"], keys["lastName"] = keys["first_name"], keys["last_name"]
    for name, descending in reversed(orders):
        if name in keys:
            contacts.sort(key=keys[name], reverse=descending)


def _tests(service: Service, request: Request) -> Iterable[Test]:
    query = request.query
    if like := query.one("email_like"):
        wanted = like.casefold()
        yield lambda contact: wanted in contact.email.casefold()
    if phone := query.one("phone"):
        yield lambda contact: contact.phone.startswith(phone)
    if search := query.one("search"):
        yield _search(service, search.casefold())
    if (tag := query.number("tagid")) is not None:
        yield lambda contact: tag in contact.tags
    if (excluded := query.number("exclude")) is not None:
        yield lambda contact: contact.id != excluded
    if (account := query.number("organization")) is not None:
        yield lambda contact: contact.account is not None and contact.account.account == account
    if not service.switches.on("unlisted_listed"):
        yield lambda contact: bool(contact.lists)
    if not service.switches.on("unconfirmed_listed"):
        yield lambda contact: not contact.lists or any(part.status != UNCONFIRMED for part in contact.lists.values())
    yield from _status_tests(service, request)
    yield from _date_tests(service, request)


def _search(service: Service, wanted: str) -> Test:
    accounts = service.world["accounts"].rows

    def matches(contact: Contact) -> bool:
        account = accounts.get(contact.account.account) if contact.account else None
        texts = (
            contact.email,
            f"{contact.first_name} {contact.last_name}",
            contact.phone,
            str(account["name"]) if account else "",
        )
        return any(wanted in text.casefold() for text in texts)

    return matches


def _status_tests(service: Service, request: Request) -> Iterable[Test]:
    query, switches = request.query, service.switches
    status, list_id = query.number("status"), query.number("listid")
    wanted = None if status is None or status < 0 else status
    if list_id is not None:
        if wanted is not None and switches["status_with_listid"] == "list":
            yield lambda contact: list_id in contact.lists and contact.lists[list_id].status == wanted
            return
        yield lambda contact: list_id in contact.lists
    if wanted is None:
        return
    every = wanted == UNSUBSCRIBED and switches["status_mixed"] == "all"

    def matches(contact: Contact) -> bool:
        statuses = [part.status for part in contact.lists.values()]
        if not statuses:
            return wanted == 0 and not switches.on("status_needs_list")
        return all(one == wanted for one in statuses) if every else wanted in statuses

    yield matches


def _moment(service: Service, text: str) -> int | None:
    """The instant that a filter means, or None when it is unreadable."""
    zone = service.switches["time_zone"]
    reading = service.switches["updated_after_zone"]
    text = text.strip().replace(" ", "T", 1) if "T" not in text else text.strip()
    if reading != "offset" and not _DATE_ONLY.match(text):
        text = _OFFSET.sub("", text) + ("+00:00" if reading == "utc" else "")
    try:
        moment = parse_instant(text, zone)
        if service.switches.on("updated_after_honours_time"):
            return moment
        return parse_instant(service.iso(moment)[:10], zone)
    except (ValueError, OverflowError, OSError):
        return None


def _date_tests(service: Service, request: Request) -> Iterable[Test]:
    exact = service.switches.on("updated_after_honours_time")
    inclusive = service.switches.on("updated_after_inclusive") or not exact
    for path, value in request.query.filters().items():
        name = path[0] if len(path) == 1 else ""
        if name not in DATE_FILTERS:
            request.note("unknown_filter")
            if service.switches["unknown_filters"] == "reject":
                raise BadFilter(".".join(path))
            continue
        moment = _moment(service, value)
        if moment is None:
            request.note("unreadable_date")
        else:
            created, after = name.startswith("created"), name.endswith("after")
            yield _date_test(moment, created=created, after=after, inclusive=inclusive)


def _date_test(moment: int, *, created: bool, after: bool, inclusive: bool) -> Test:
    if after:
        least = moment if inclusive else moment + 1
        if created:
            return lambda contact: contact.cdate >= least
        return lambda contact: contact.udate >= least
    most = moment if inclusive else moment - 1
    if created:
        return lambda contact: contact.cdate <= most
    return lambda contact: contact.udate <= most
