"""A contact as one JSON object, whole: the form of dumps and of the state file."""

from dataclasses import asdict
from typing import Any

from sonisbridge.sandbox.records import AccountLink, Contact, Membership, TagLink, Value

_PLAIN = (
    "id",
    "email",
    "cdate",
    "udate",
    "phone",
    "first_name",
    "last_name",
    "bounced_hard",
    "bounced_soft",
    "bounced_date",
    "deleted",
    "deleted_at",
    "anonymized",
    "fresh",
)


def contact_to_json(contact: Contact) -> dict[str, Any]:
    """Everything about a contact; `contact_from_json` gives it back."""
    shown: dict[str, Any] = {name: getattr(contact, name) for name in _PLAIN}
    shown["account"] = asdict(contact.account) if contact.account else None
    shown["values"] = {str(key): list(value) for key, value in contact.values.items()}
    shown["lists"] = {str(key): asdict(part) for key, part in contact.lists.items()}
    shown["tags"] = {str(key): list(link) for key, link in contact.tags.items()}
    return shown


def contact_from_json(raw: dict[str, Any]) -> Contact:
    """The contact that `contact_to_json` wrote."""
    contact = Contact(**{name: raw[name] for name in _PLAIN})
    if raw["account"] is not None:
        contact.account = AccountLink(**raw["account"])
    contact.values = {int(key): Value(*value) for key, value in raw["values"].items()}
    contact.lists = {int(key): Membership(**part) for key, part in raw["lists"].items()}
    contact.tags = {int(key): TagLink(*link) for key, link in raw["tags"].items()}
    return contact
