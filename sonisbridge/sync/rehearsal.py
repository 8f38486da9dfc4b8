"""What a rehearsal needs: a masked copy of the school and of the contacts, and the configuration beside it (rule 13)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sonisbridge.core.contact import EMAIL, FIRST_NAME, LAST_NAME, PHONE, Contact, ContactId, FieldId
from sonisbridge.core.mapping_file import write_mapping
from sonisbridge.core.masking import Mask
from sonisbridge.sonis.copying import SCHEMA_FILE, make_copy
from sonisbridge.store import institutions
from sonisbridge.store.models import Institution

from .running import Report, silent
from .sides import Sides, opened

_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The files of a rehearsal, all in one folder."""

    school: Path
    world: Path
    """The contacts, as the sandbox takes them."""
    mapping: Path
    schema: Path
    settings: tuple[str, ...]
    """The institution's choices, each as KEY=VALUE."""
    people: int
    web_prospects: int
    contacts: int


def prepare(institution: Institution, folder: Path, report: Report = silent) -> Prepared:
    """Copy and mask both sides into the folder. SONIS and the account's fields are read, nothing is written to either.

    The contacts are those that the last run saw: an institution that never ran has none.
    """
    mask = Mask(secrets.token_bytes(32))
    with opened(institution) as sides:
        report("Copying SONIS under a mask", 0, 0)
        people, prospects = make_copy(
            folder / "school.sqlite3",
            map(mask.person, _counted(sides, report)),
            map(mask.prospect, sides.sonis.waiting_prospects()),
            sides.codes,
        )
        report("Copying the contacts under a mask", 0, 0)
        world = _world(sides, mask)
        mapping = write_mapping(sides.field_mapping, sides.fields)
        settings = tuple(_settings(institution))
    prepared = Prepared(
        school=folder / "school.sqlite3",
        world=folder / "world.json",
        mapping=folder / "mapping.toml",
        schema=folder / "schema.toml",
        settings=settings,
        people=people,
        web_prospects=prospects,
        contacts=len(world["contacts"]),
    )
    prepared.world.write_text(json.dumps(world), encoding="utf-8")
    prepared.mapping.write_text(mapping, encoding="utf-8")
    prepared.schema.write_text(SCHEMA_FILE, encoding="utf-8")
    return prepared


def _counted(sides: Sides, report: Report) -> Iterator[Any]:
    for number, person in enumerate(sides.sonis.people(), start=1):
        if number % 1000 == 0:
            report("Copying SONIS under a mask", number, 0)
        yield person


def _world(sides: Sides, mask: Mask) -> dict[str, Any]:
    """The account as the sandbox takes it: fields by title, lists by number, contacts with mapped values alone."""
    points = {row.field_id: row.data_point for row in sides.field_mapping.rows}
    titles = {item.field_id: item.title for item in sides.fields if not item.standard}
    contacts = list(_contacts(sides))
    lists = sorted({name for contact in contacts for name in contact.lists})
    return {
        "fields": [
            {"title": item.title, "type": item.kind, "options": list(item.options)}
            for item in sides.fields
            if not item.standard
        ],
        "lists": [{"name": f"List {name}"} for name in lists],
        "contacts": [_contact(sides, mask, contact, points, titles) for contact in contacts],
    }


def _contact(
    sides: Sides, mask: Mask, contact: Contact, points: dict[FieldId, str], titles: dict[FieldId, str]
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": int(contact.contact_id),
        "email": mask.email(contact.value(EMAIL)),
        "firstName": mask.name(contact.value(FIRST_NAME)),
        "lastName": mask.name(contact.value(LAST_NAME)),
        "phone": mask.phone(contact.value(PHONE)),
        "fields": {
            titles[field_id]: mask.contact_value(point, value)
            for field_id, point in points.items()
            if field_id in titles and (value := contact.value(field_id))
        },
        "lists": {f"List {name}": int(standing) for name, standing in contact.lists.items()},
        "bounced_hard": int(contact.bounced),
    }
    if contact.account_id:
        own = contact.account_id == sides.institution.account_id
        made["account"] = sides.policy.account_name if own else f"Account {contact.account_id}"
    if contact.created:
        made["cdate"] = contact.created.isoformat()
    return made


def _contacts(sides: Sides) -> Iterator[Contact]:
    heads = iter(sides.mirror.heads(sides.sonis_id_field))
    while part := [ContactId(head.contact_id) for head in islice(heads, _AT_ONCE)]:
        yield from sides.mirror.contacts(part).values()


def _settings(institution: Institution) -> Iterator[str]:
    for name, value in institutions.policy_document(institutions.policy_of(institution)).items():
        match value:
            case bool():
                text = "yes" if value else "no"
            case list():
                text = ",".join(map(str, value))
            case dict():
                text = ",".join(f"{key}:{held}" for key, held in value.items())
            case None:
                text = ""
            case _:
                text = str(value)
        yield f"{name}={text}"
