"""The institutions: their two connections, their choices, their field mapping."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from sonisbridge.core.contact import FieldId
from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.core.field_mapping import FieldMapping, FieldMappingRow, WriteRule
from sonisbridge.core.policy import Policy

from . import mirror
from .audit import record
from .models import Institution, MappingRow, Translation
from .secrets import seal, unseal

SECRETS = ("sonis_url", "token")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """Where an institution's two systems are. `repr` shows neither secret."""

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
                sonis_url=seal(name, "sonis_url", connections.sonis_url),
                endpoint=connections.endpoint,
                token=seal(name, "token", connections.token),
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
    """Where its systems are, secrets opened."""
    return connections_of(row, {}, secrets=SECRETS)


def connections_of(row: Institution, changed: Mapping[str, str], *, secrets: Iterable[str]) -> Connections:
    """Where its systems are with some of it changed; of the secrets only these are opened, the others are blank."""
    opened = {name: unseal(row.name, name, getattr(row, name)) for name in secrets if name not in changed}
    plain = {"endpoint": row.endpoint, "sonis_schema": row.sonis_schema}
    return Connections(name=row.name, **{"sonis_url": "", "token": "", **plain, **opened, **changed})


def change(row: Institution, name: str, value: str, *, by: str) -> None:
    """Set one of the connections; a secret's value is not recorded."""
    secret = name in SECRETS
    before = "(secret)" if secret else getattr(row, name)
    setattr(row, name, seal(row.name, name, value) if secret else value)
    row.save(update_fields=[name])
    record(row, by, f"{name} changed", before=before, after="(secret)" if secret else value)


def login_refused(name: str, sonis_url: str) -> bool:
    """Whether SONIS refused the login of that very address, and nobody gave the address anew since."""
    return Institution.objects.filter(name=name, sonis_refused=_mark(sonis_url)).exists()


def note_login(name: str, sonis_url: str, *, refused: bool) -> None:
    """Remember that SONIS refused the login of that address, or forget it."""
    Institution.objects.filter(name=name).update(sonis_refused=_mark(sonis_url) if refused else "")


def _mark(sonis_url: str) -> str:
    return hashlib.sha256(f"sonis login\n{sonis_url}".encode()).hexdigest()


def confirm_pair(row: Institution, *, by: str) -> None:
    """Allow exports for the pair of SONIS and account as it is now (rule 12)."""
    row.pair_confirmed = ""
    row.save(update_fields=["pair_confirmed"])
    record(row, by, "pair confirmed")


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
