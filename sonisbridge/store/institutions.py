"""The institutions: their two connections, their choices, their field mapping."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from sonisbridge.core.contact import STANDARD_FIELDS, ContactField, ContactFields, FieldId
from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.core.field_mapping import FieldMapping, FieldMappingRow, WriteRule
from sonisbridge.core.person import Codes
from sonisbridge.core.policy import Policy

from . import mirror
from .audit import record
from .models import Institution, MappingRow, Translation
from .secrets import seal, unseal

SECRETS = ("sonis_url", "token")
RESTORED = "restored"
"""Stands for the fingerprint of a pair whose institution was made from a backup: nobody has confirmed it there."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """Where an institution's two systems are; a side that is blank is not connected. `repr` shows neither secret."""

    name: str
    sonis_url: str = dataclasses.field(repr=False)
    endpoint: str
    token: str = dataclasses.field(repr=False)
    sonis_schema: str = ""


def add(connections: Connections, policy: Policy, *, by: str) -> Institution:
    """Keep a new institution. Raises WrongSettingsError when the name is taken."""
    name = connections.name
    try:
        with transaction.atomic():
            row = Institution.objects.create(
                name=name,
                sonis_url=_sealed(name, "sonis_url", connections.sonis_url),
                endpoint=connections.endpoint,
                token=_sealed(name, "token", connections.token),
                sonis_schema=connections.sonis_schema,
                policy=policy_document(policy),
            )
            record(row, by, "institution added", after={"endpoint": connections.endpoint})
    except IntegrityError as error:
        raise _taken(name) from error
    return row


def refuse_taken(name: str) -> None:
    """Raises WrongSettingsError when there is an institution of that name."""
    if Institution.objects.filter(name=name).exists():
        raise _taken(name)


def _taken(name: str) -> WrongSettingsError:
    return WrongSettingsError(
        f"There is an institution named {name!r} already: choose another name, or change it with "
        "`sonisbridge institution set`."
    )


def get(name: str | None) -> Institution:
    """The institution of that name, or the only one. Raises WrongSettingsError when that is not one."""
    rows = list(Institution.objects.order_by("name"))
    names = ", ".join(row.name for row in rows)
    if not rows:
        raise WrongSettingsError("No institution is connected yet: start with `sonisbridge institution add`.")
    if name is None and len(rows) > 1:
        raise WrongSettingsError(f"There are several institutions ({names}): say which with --institution.")
    found = next((row for row in rows if name is None or row.name == name), None)
    if found is None:
        raise WrongSettingsError(f"There is no institution named {name!r}; there are: {names}.")
    return found


def connections(row: Institution) -> Connections:
    """Where its systems are, secrets opened. Raises WrongSettingsError for a side that is not connected yet."""
    return connections_of(row, {}, secrets=SECRETS)


def refuse_unconnected(row: Institution) -> None:
    """Raises WrongSettingsError, naming the side and the mend, unless both sides are connected."""
    if not row.sonis_url:
        raise _unconnected(row, "sonis_url")
    if not (row.endpoint and row.token):
        raise _unconnected(row, "token")


def _unconnected(row: Institution, secret: str) -> WrongSettingsError:
    side, settings = {
        "sonis_url": ("SONIS", "sonis_url=URL"),
        "token": ("ActiveCampaign", "endpoint=URL token=-"),
    }[secret]
    return WrongSettingsError(
        f"{side} is not connected yet for {row.name}: connect it on the page API Configuration, or with "
        f"`sonisbridge institution set {row.name!r} {settings}`."
    )


def connections_of(row: Institution, changed: Mapping[str, str], *, secrets: Iterable[str]) -> Connections:
    """Where its systems are with some of it changed; of the secrets only these are opened, the others are blank.

    Raises WrongSettingsError when one of these is not there, or there is a token and no endpoint.
    """
    opened = {}
    for name in secrets:
        if not (getattr(row, name) or changed.get(name)):
            raise _unconnected(row, name)
        if name == "token" and not (row.endpoint or changed.get("endpoint")):
            raise _unconnected(row, name)
        if name not in changed:
            opened[name] = unseal(row.name, name, getattr(row, name))
    plain = {"endpoint": row.endpoint, "sonis_schema": row.sonis_schema}
    return Connections(name=row.name, **{"sonis_url": "", "token": "", **plain, **opened, **changed})


def change(row: Institution, name: str, value: str, *, by: str) -> None:
    """Set one of the connections; a secret's value is not recorded."""
    secret = name in SECRETS
    before = "(secret)" if secret else getattr(row, name)
    setattr(row, name, _sealed(row.name, name, value) if secret else value)
    row.choices_read_at = None
    row.save(update_fields=[name, "choices_read_at"])
    record(row, by, f"{name} changed", before=before, after="(secret)" if secret else value)


def _sealed(institution: str, name: str, value: str) -> str:
    """The secret as it is stored; a blank one is blank there too: that side is not connected."""
    return seal(institution, name, value) if value else ""


def login_refused(name: str, sonis_url: str) -> bool:
    """Whether SONIS refused the login of that very address, and nobody gave the address anew since."""
    return Institution.objects.filter(name=name, sonis_refused=_mark(sonis_url)).exists()


def note_login(name: str, sonis_url: str, *, refused: bool) -> None:
    """Remember that SONIS refused the login of that address, or forget it."""
    Institution.objects.filter(name=name).update(sonis_refused=_mark(sonis_url) if refused else "")


def _mark(sonis_url: str) -> str:
    return hashlib.sha256(f"sonis login\n{sonis_url}".encode()).hexdigest()


def confirm_pair(row: Institution, mark: str, shown: Mapping[str, str], *, by: str) -> None:
    """Allow exports for this pair of SONIS and account (rule 12). `shown` says in words which it is."""
    before, row.pair_confirmed, row.pair_shown = row.pair_shown or None, mark, dict(shown)
    row.save(update_fields=["pair_confirmed", "pair_shown"])
    record(row, by, "pair confirmed", before=before, after=dict(shown))


def forget_what_was_read(row: Institution) -> None:
    """Let the next run read the whole account afresh: what was learned of it was another's."""
    row.scanned_at = row.mark = row.honours_time = row.calibrated_at = row.importer_links = None
    row.account_id = row.account_name = row.account_refused = ""
    learned = ["scanned_at", "mark", "honours_time", "calibrated_at", "importer_links"]
    row.save(update_fields=[*learned, "account_id", "account_name", "account_refused"])


def policy_of(row: Institution) -> Policy:
    """The institution's choices, defaults filled in."""
    known = {item.name for item in dataclasses.fields(Policy)}
    values: dict[str, Any] = {key: value for key, value in row.policy.items() if key in known}
    if "placeholder_birthdates" in values:
        values["placeholder_birthdates"] = tuple(date.fromisoformat(day) for day in values["placeholder_birthdates"])
    return Policy(**values)


def policy_document(policy: Policy) -> dict[str, Any]:
    """The choices as they are stored: JSON values, only those that differ from the default."""
    default = Policy()
    document: dict[str, Any] = {}
    for item in dataclasses.fields(Policy):
        value = getattr(policy, item.name)
        if value == getattr(default, item.name):
            continue
        if item.name == "placeholder_birthdates":
            value = [day.isoformat() for day in value]
        document[item.name] = dict(value) if isinstance(value, Mapping) else value
    return document


def change_policy(row: Institution, policy: Policy, *, by: str) -> None:
    """Keep changed choices."""
    before, row.policy = row.policy, policy_document(policy)
    row.save(update_fields=["policy"])
    record(row, by, "choices changed", before=before, after=row.policy)


def field_mapping(row: Institution) -> FieldMapping:
    """The field mapping in force; empty when none was applied yet."""
    rows = tuple(
        FieldMappingRow(
            data_point=item.data_point,
            field_id=FieldId(item.field_id),
            write_rule=WriteRule(item.write_rule),
        )
        for item in row.mapping_rows.order_by("id")
    )
    translations: dict[str, dict[str, str]] = {}
    for item in row.translations.order_by("data_point", "code"):
        translations.setdefault(item.data_point, {})[item.code] = item.label
    return FieldMapping(rows=rows, translations=translations)


def change_field_mapping(row: Institution, mapping: FieldMapping, *, by: str) -> None:
    """Put a field mapping in force in place of the one before."""
    before = _mapping_document(field_mapping(row))
    with transaction.atomic():
        row.mapping_rows.all().delete()
        row.translations.all().delete()
        MappingRow.objects.bulk_create(
            MappingRow(
                institution=row,
                data_point=item.data_point,
                field_id=item.field_id,
                write_rule=str(item.write_rule),
            )
            for item in mapping.rows
        )
        Translation.objects.bulk_create(
            Translation(institution=row, data_point=data_point, code=code, label=label)
            for data_point, labels in mapping.translations.items()
            for code, label in labels.items()
        )
        mirror.take_sonis_ids(row)
        record(row, by, "field mapping changed", before=before, after=_mapping_document(mapping))


def plan_mark(row: Institution) -> str:
    """A fingerprint of what a plan is made with: mapping and choices. A plan with another mark is stale."""
    text = repr((_mapping_document(field_mapping(row)), sorted(row.policy.items())))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _mapping_document(mapping: FieldMapping) -> dict[str, Any]:
    return {
        "rows": {item.data_point: [item.field_id, str(item.write_rule)] for item in mapping.rows},
        "translations": {key: dict(labels) for key, labels in mapping.translations.items()},
    }


def keep_fields(row: Institution, fields: ContactFields) -> None:
    """Keep a copy of the account's contact fields, so that a page can name them without asking ActiveCampaign."""
    copy = [
        {"id": item.field_id, "title": item.title, "kind": item.kind, "tag": item.tag, "options": list(item.options)}
        for item in fields
        if item.field_id not in STANDARD_FIELDS
    ]
    if row.account_copy.get("fields") != copy:
        row.account_copy = {**row.account_copy, "fields": copy}
        row.save(update_fields=["account_copy"])


def keep_choices(row: Institution, choices: Mapping[str, Mapping[str, str]], *, at: datetime) -> None:
    """Keep what SONIS offers for the filters, in its order, so that a page can show it without asking SONIS."""
    row.choices_copy = {name: list(texts.items()) for name, texts in choices.items()}
    row.choices_read_at = at
    row.save(update_fields=["choices_copy", "choices_read_at"])


def keep_lists(row: Institution, names: Mapping[str, str]) -> None:
    """Keep the names of the account's lists, list id to name, so that a page can name them."""
    if row.account_copy.get("lists") != dict(names):
        row.account_copy = {**row.account_copy, "lists": dict(names)}
        row.save(update_fields=["account_copy"])


def list_names(row: Institution) -> Mapping[str, str]:
    """The names of the account's lists as they were last read, list id to name."""
    names: dict[str, str] = row.account_copy.get("lists", {})
    return names


def fields_as_last_read(row: Institution) -> ContactFields:
    """The account's contact fields as they were last read; only the standard ones before the first time."""
    return ContactFields(
        [
            ContactField(
                field_id=FieldId(item["id"]),
                title=item["title"],
                kind=item["kind"],
                tag=item["tag"],
                options=tuple(item["options"]),
            )
            for item in row.account_copy.get("fields", [])
        ]
    )


def keep_codes(row: Institution, codes: Codes) -> None:
    """Keep a copy of SONIS's code tables, so that a page can show them without asking SONIS."""
    copy = dataclasses.asdict(codes)
    if row.sonis_copy.get("codes") != copy:
        row.sonis_copy = {**row.sonis_copy, "codes": copy}
        row.save(update_fields=["sonis_copy"])


def codes_as_last_read(row: Institution) -> Codes:
    """SONIS's code tables as they were last read; empty before the first time."""
    return Codes(**row.sonis_copy.get("codes", {}))
