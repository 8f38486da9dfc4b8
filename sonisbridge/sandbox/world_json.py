"""A whole world as JSON: the full dump, and the friendly form that people write by hand."""

from typing import Any

from sonisbridge.sandbox.accounts_api import add_account
from sonisbridge.sandbox.clock import parse_instant
from sonisbridge.sandbox.contact_json import contact_from_json, contact_to_json
from sonisbridge.sandbox.field_values import FIELD_TYPES, Fate, ValueRules, as_text
from sonisbridge.sandbox.fields_api import add_field, add_option, add_relation
from sonisbridge.sandbox.lists_api import add_list
from sonisbridge.sandbox.records import (
    ACTIVE,
    BOUNCED,
    LIST_STATUS,
    UNSUBSCRIBED,
    AccountLink,
    Contact,
    Membership,
    Row,
    TagLink,
    Value,
)
from sonisbridge.sandbox.service import Service
from sonisbridge.sandbox.users_api import furnish
from sonisbridge.sandbox.world import World, load_contacts

FORMAT = "sonisbridge-sandbox-1"


class WorldError(ValueError):
    """The JSON is no world; the message says where."""


def dump(service: Service) -> dict[str, Any]:
    """Everything, so that `load` gives the same world back."""
    world = service.world
    return {
        "format": FORMAT,
        "tables": {name: list(table) for name, table in world.tables.items()},
        "last": {**world.last, **{name: table.last_id for name, table in world.tables.items()}},
        "contacts": [contact_to_json(contact) for contact in world.contacts.values()],
    }


def load(service: Service, raw: Any) -> None:
    """Replace the world by a dump or by the friendly form; raises WorldError and changes nothing."""
    if not isinstance(raw, dict):
        raise WorldError("a world is a JSON object")
    world = World()
    world.match_case = service.switches["email_match"] == "sensitive"
    try:
        if raw.get("format") == FORMAT:
            _load_dump(world, raw)
        else:
            _Friendly(service, world).load(raw)
    except WorldError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise WorldError(f"the world cannot be read: {type(error).__name__} {error}") from error
    furnish(world)
    service.world = world


def _load_dump(world: World, raw: Row) -> None:
    for name, rows in raw["tables"].items():
        for row in rows:
            world[name].put(int(row["id"]), row)
    load_contacts(world, (contact_from_json(one) for one in raw["contacts"]))
    for name, last in raw["last"].items():
        if name in world.last:
            world.last[name] = last
        else:
            world[name].last_id = last


_PARTS = frozenset(["fields", "lists", "accounts", "tags", "exclusions", "automations", "contacts"])
_CONTACT = frozenset(
    [
        "id",
        "email",
        "firstName",
        "lastName",
        "phone",
        "fields",
        "lists",
        "account",
        "tags",
        "bounced_hard",
        "bounced_soft",
        "cdate",
        "udate",
        "deleted",
    ]
)


def _only(known: frozenset[str], given: Row, what: str) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise WorldError(f"{what} has the unknown key {unknown[0]!r}")


class _Friendly:
    """Reads the form that names fields by title and lists by name."""

    def __init__(self, service: Service, world: World) -> None:
        self.service = service
        self.world = world
        self.now = service.clock.now()
        self.stamp = service.stamp()

    def load(self, raw: Row) -> None:
        _only(_PARTS, raw, "a world")
        for one in raw.get("fields", []):
            self._field(one)
        for one in raw.get("lists", []):
            row = add_list(self.world, self.stamp, one)
            self.world["listGroups"].add({"list": int(row["id"]), "group": 3})
        for one in raw.get("accounts", []):
            add_account(self.world, self.stamp, one)
        for one in raw.get("tags", []):
            self._tag(one if isinstance(one, str) else one["tag"])
        for one in raw.get("exclusions", []):
            self._exclusion(one)
        for one in raw.get("automations", []):
            self._automation(one)
        load_contacts(self.world, [self._contact(one) for one in raw.get("contacts", [])])

    def _field(self, one: Row) -> None:
        kind = one.get("type", "text")
        if kind not in FIELD_TYPES and kind != "multiselect":
            raise WorldError(f"field {one.get('title')!r} has the unknown type {kind!r}")
        row = add_field(self.world, self.stamp, one)
        for option in one.get("options") or ():
            given = option if isinstance(option, dict) else {"value": option}
            add_option(self.world, self.stamp, int(row["id"]), given)
        add_relation(self.world, self.stamp, int(row["id"]), 0)

    def _exclusion(self, one: Any) -> None:
        given = one if isinstance(one, dict) else {"matchPhrase": one}
        phrase = str(given["matchPhrase"])
        kind = given.get("matchType") or ("end" if phrase.startswith("@") else "exact")
        self.world["exclusions"].add(
            {
                "matchPhrase": phrase,
                "matchType": kind,
                "channel": given.get("channel", "all"),
                "hidden": False,
                "lists": [],
            }
        )

    def _automation(self, one: Any) -> None:
        name = one if isinstance(one, str) else one["name"]
        about = {"name": name, "cdate": self.stamp, "mdate": self.stamp, "userid": "1"}
        counts = {"status": "1", "entered": "0", "exited": "0", "hidden": "0"}
        counts |= {"defaultscreenshot": "", "screenshot": ""}
        self.world["automations"].add(about | counts)

    def _tag(self, name: str) -> int:
        row = self.world.named("tags", "tag", name)
        if row is None:
            about = {"tagType": "contact", "tag": name, "description": "", "cdate": self.stamp}
            row = self.world["tags"].add(about)
        return int(row["id"])

    def _moment(self, text: str | None, otherwise: int) -> int:
        return parse_instant(text, self.service.switches["time_zone"]) if text else otherwise

    def _contact(self, one: Row) -> Contact:
        _only(_CONTACT, one, "a contact")
        cdate = self._moment(one.get("cdate"), self.now)
        email = as_text(one.get("email")).strip()
        contact = Contact(
            id=int(one["id"]) if "id" in one else self.world.next_id("contact"),
            email=email.lower() if self.service.switches["email_case"] == "lower" else email,
            cdate=cdate,
            udate=self._moment(one.get("udate"), cdate),
            phone=as_text(one.get("phone")),
            first_name=as_text(one.get("firstName")),
            last_name=as_text(one.get("lastName")),
            bounced_hard=int(one.get("bounced_hard", 0)),
            bounced_soft=int(one.get("bounced_soft", 0)),
            deleted=bool(one.get("deleted", False)),
        )
        self.world.last["contact"] = max(self.world.last["contact"], contact.id)
        contact.deleted_at = contact.udate if contact.deleted else None
        for title, value in (one.get("fields") or {}).items():
            self._value(contact, title, value)
        for name, status in (one.get("lists") or {}).items():
            self._membership(contact, name, status)
        for name in one.get("tags") or ():
            key = self.world.next_id("contactTag")
            contact.tags[self._tag(name)] = TagLink(key, contact.cdate)
        if one.get("account"):
            self._account(contact, str(one["account"]))
        return contact

    def _value(self, contact: Contact, title: str, value: Any) -> None:
        field = self.world.named("fields", "title", title)
        if field is None:
            raise WorldError(f"a contact has a value for the unknown field {title!r}")
        fate = ValueRules(world=self.world, switches=self.service.switches).take(field, value)
        if not isinstance(fate, Fate):
            contact.values[int(field["id"])] = Value(fate, contact.cdate, contact.udate)

    def _membership(self, contact: Contact, name: str, status: Any) -> None:
        row = self.world.named("lists", "name", name)
        if row is None:
            raise WorldError(f"a contact is on the unknown list {name!r}")
        number = LIST_STATUS.get(status, status)
        if number not in LIST_STATUS.values():
            raise WorldError(f"the list status {status!r} is not known")
        part = Membership(
            id=self.world.next_id("contactList"),
            status=number,
            cdate=contact.cdate,
            udate=contact.udate,
            sdate=contact.cdate if number in (ACTIVE, UNSUBSCRIBED, BOUNCED) else None,
            unsubscribed=contact.udate if number == UNSUBSCRIBED else None,
        )
        contact.lists[int(row["id"])] = part

    def _account(self, contact: Contact, name: str) -> None:
        row = self.world.named("accounts", "name", name)
        if row is None:
            row = add_account(self.world, self.stamp, {"name": name})
        key = self.world.next_id("accountContact")
        contact.account = AccountLink(key, int(row["id"]), "", contact.cdate, contact.cdate)
