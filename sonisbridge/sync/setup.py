"""Connecting an institution: add, change, make the missing fields, map, check (rules 2.3, 2.4, 12, 16)."""

from __future__ import annotations

import dataclasses
import difflib
import math
import zoneinfo
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import phonenumbers
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from sonisbridge.activecampaign.endpoint import checked_endpoint
from sonisbridge.core.contact import ContactField, ContactFields
from sonisbridge.core.errors import RetryLaterError, SkipRecordError, SonisbridgeError, WrongSettingsError
from sonisbridge.core.field_mapping import (
    FieldMapping,
    MappingProblem,
    NewField,
    mapping_problems,
    missing_fields,
    suggested_rows,
    unlabelled_codes,
)
from sonisbridge.core.mapping_file import read_mapping, write_mapping
from sonisbridge.core.notices import Method
from sonisbridge.core.policy import Policy
from sonisbridge.notify import email
from sonisbridge.sonis.probe import probe
from sonisbridge.store import assignments, institutions, schedules, watching, webhooks, workers
from sonisbridge.store.audit import record
from sonisbridge.store.institutions import Connections
from sonisbridge.store.models import Institution

from . import pair
from .sides import Sides, open_activecampaign, open_sonis, opened

SONIS_SIDE = frozenset({"sonis_url", "sonis_schema"})
ACCOUNT_SIDE = frozenset({"endpoint", "token"})
WORKER_LOST = timedelta(minutes=1)
"""A worker that was not heard of for so long is gone."""
CONNECTIONS = SONIS_SIDE | ACCOUNT_SIDE
"""The settings of an institution that are no choices but say where its systems are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that a check found, and its mend. `severity` is ok, warning or error."""

    severity: str
    text: str
    mend: str = ""


def add(known: Connections, policy: Policy, *, by: str) -> Institution:
    """Connect an institution: each side that is given is tried first, and nothing is kept when one does not answer.

    A side that is blank can be connected later.
    """
    if not known.name.strip() or known.name != known.name.strip():
        raise WrongSettingsError("An institution needs a name without blanks at either end, such as Springfield.")
    with_account = bool(known.endpoint or known.token)
    if with_account:
        endpoint = checked_endpoint(known.endpoint, allow_loopback=settings.ALLOW_LOOPBACK_ENDPOINT)
        known = dataclasses.replace(known, endpoint=endpoint)
    institutions.refuse_taken(known.name)
    if known.sonis_url:
        _try_sonis(known)
    if with_account:
        _try_account(known, policy)
    return institutions.add(known, policy, by=by)


def _try_sonis(known: Connections) -> None:
    """Raises StopRunError or WrongSettingsError when SONIS does not answer or lacks what is read."""
    sonis = open_sonis(known, given_anew=True)
    try:
        missing = [item for item in probe(sonis) if item.severity == "error"]
    finally:
        sonis.close()
    if missing:
        raise WrongSettingsError(" ".join(f"{item.text} {item.mend}" for item in missing))


def _try_account(known: Connections, policy: Policy) -> str:
    """The user of the token. Raises StopRunError, WrongSettingsError or RetryLaterError when the account refuses it."""
    account = open_activecampaign(known, policy)
    try:
        return account.me().user_id
    finally:
        account.close()


def change(institution: Institution, name: str, value: str, *, by: str) -> None:
    """Set one connection or choice, as `change_all` does."""
    change_all(institution, {name: value}, by=by)


def change_all(institution: Institution, values: Mapping[str, str], *, by: str) -> None:
    """Set connections and choices, all or none. A changed connection is tried before it is kept.

    Raises WrongSettingsError for an unknown name or a value that cannot be, StopRunError when a side does not answer.
    """
    policy = before = institutions.policy_of(institution)
    for name, value in values.items():
        if name == "pair" and value != "confirmed":
            raise WrongSettingsError("Only `pair=confirmed` can be set: it allows exports for the pair as it is now.")
        if name not in CONNECTIONS and name != "pair":
            policy = changed_policy(policy, name, value)
    changed = {name: value for name, value in values.items() if name in CONNECTIONS}
    if "endpoint" in changed:
        changed["endpoint"] = checked_endpoint(changed["endpoint"], allow_loopback=settings.ALLOW_LOOPBACK_ENDPOINT)
    _try_changed(institution, changed, policy)
    with transaction.atomic():
        for name, value in changed.items():
            institutions.change(institution, name, value, by=by)
        if policy != before:
            institutions.change_policy(institution, policy, by=by)
        if policy.time_zone != before.time_zone:
            schedules.reset_due(institution, now=timezone.now())
        if "pair" in values:
            pair.confirm(institution, by=by)


def _try_changed(institution: Institution, changed: Mapping[str, str], policy: Policy) -> None:
    """Try the sides that change; a stored secret is opened only where a side that is tried needs it."""
    if SONIS_SIDE & set(changed):
        _try_sonis(institutions.connections_of(institution, changed, secrets=("sonis_url",)))
    if ACCOUNT_SIDE & set(changed):
        _try_account(institutions.connections_of(institution, changed, secrets=("token",)), policy)


def changed_policy(policy: Policy, name: str, value: str) -> Policy:
    """The choices with one of them set from text."""
    kinds = {item.name: item for item in dataclasses.fields(Policy)}
    if name not in kinds:
        known = sorted({*kinds, *CONNECTIONS, "pair"})
        near = difflib.get_close_matches(name, known, 1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise WrongSettingsError(f"There is no setting {name!r}.{hint} There are: {', '.join(known)}.")
    try:
        parsed = _parsed(getattr(Policy(), name), name, value)
    except (ValueError, LookupError, AttributeError) as error:  # unknown zones and bad templates are among them
        raise WrongSettingsError(f"{name} cannot be {value!r}: {_good_value(name)}") from error
    return dataclasses.replace(policy, **{name: parsed})


def _parsed(default: Any, name: str, value: str) -> Any:
    match name:
        case "time_zone":
            return zoneinfo.ZoneInfo(value).key
        case "country":
            return _one_of(value.upper(), set(phonenumbers.SUPPORTED_REGIONS))
        case "program_as":
            return _one_of(value, {"name", "code"})
        case "import_mode":
            return _one_of(value, {"stage", "direct"})
        case "placeholder_birthdates":
            return tuple(date.fromisoformat(part.strip()) for part in value.split(",") if part.strip())
        case "term_years":
            pairs = [part.split(":", 1) for part in value.split(",") if part.strip()]
            return {pair[0].strip(): _one_of(pair[1].strip(), {"first", "second"}) for pair in pairs if _two(pair)}
        case "contact_limit":
            return _above_zero(value) if value.strip() else None
        case "term_template":
            value.format(term="", year="", code="")
            return value
    if isinstance(default, bool):
        return {"yes": True, "no": False}[_one_of(value.lower(), {"yes", "no"})]
    if isinstance(default, int | float):
        number = type(default)(value)
        if not 0 <= number < _MOST.get(name, math.inf):
            raise ValueError(value)
        return number
    return value


_MOST = {"reserve": 1 / 0.21, "watch_minutes": 1441}
"""Each stays below: the rate of the account itself (rule 4.2), which would leave nothing to us; more than a day."""


def _above_zero(value: str) -> int:
    number = int(value)
    if number < 1:
        raise ValueError(value)
    return number


def _one_of(value: str, allowed: set[str]) -> str:
    if value not in allowed:
        raise ValueError(value)
    return value


def _two(pair: list[str]) -> bool:
    if len(pair) != 2:
        raise ValueError(pair)
    return True


def _good_value(name: str) -> str:
    good = {
        "time_zone": "give a name such as America/Chicago.",
        "country": "give two letters such as US.",
        "program_as": "give name or code.",
        "import_mode": "give stage or direct.",
        "placeholder_birthdates": "give dates such as 1900-01-01, parted by commas.",
        "term_years": "give semester codes with first or second, such as 1:first,2:second.",
        "term_template": "use {term}, {year} and {code} only.",
        "reserve": "give requests a second, from 0 to below 4.76.",
        "watch_minutes": "give whole minutes from 1 to 1440, or 0 for off.",
        "contact_limit": "give a whole number above 0, or nothing for no limit.",
    }
    return good.get(
        name,
        "give yes or no." if isinstance(getattr(Policy(), name), bool) else "give a number from 0.",
    )


def missing(sides: Sides, translations: Mapping[str, Mapping[str, str]] | None = None) -> list[NewField]:
    """The custom fields of the default mapping that the account lacks."""
    if translations is None:
        translations = institutions.field_mapping(sides.institution).translations
    return missing_fields(sides.fields, sides.codes, sides.policy, translations)


def create_fields(
    institution: Institution,
    *,
    by: str,
    titles: Collection[str] | None = None,
    translations: Mapping[str, Mapping[str, str]] | None = None,
) -> list[ContactField]:
    """Make the missing custom fields, visible on all lists (rule 2.4). One that another maker was quicker with is kept.

    `titles`: only these of them. `translations` say which options a dropdown gets, where they are not those in force.
    """
    made: list[ContactField] = []
    with opened(institution) as sides:
        try:
            for wanted in missing(sides, translations):
                if titles is None or wanted.title in titles:
                    made += _created(sides, wanted)
        finally:
            if made:
                record(institution, by, "contact fields created", after=[item.title for item in made])
        institutions.keep_fields(institution, ContactFields(sides.activecampaign.custom_fields()))
    return made


def _created(sides: Sides, wanted: NewField) -> list[ContactField]:
    try:
        return [sides.activecampaign.create_field(wanted.title, wanted.kind, wanted.options)]
    except SkipRecordError as error:
        if error.code != "duplicate":
            raise
        return []


def suggest(institution: Institution, *, apply: bool, by: str) -> tuple[FieldMapping, tuple[str, ...]]:
    """The default mapping of every data point whose field exists, and the data points that are left out."""
    with opened(institution) as sides:
        rows = suggested_rows(sides.fields)
        mapping = FieldMapping(rows=rows, translations=institutions.field_mapping(institution).translations)
        left_out = tuple(item.title for item in missing(sides))
        if apply:
            put_in_force(sides, mapping, by=by)
    return mapping, left_out


def submit_mapping(institution: Institution, mapping: FieldMapping, *, by: str) -> list[MappingProblem]:
    """Put a field mapping in force, unless it cannot work: then what keeps it from working (rule 2.3)."""
    with opened(institution, patient=False) as sides:
        problems = mapping_problems(mapping, sides.fields, sides.codes, sides.policy)
        if not problems:
            institutions.change_field_mapping(institution, mapping, by=by)
    return problems


def put_in_force(sides: Sides, mapping: FieldMapping, *, by: str) -> None:
    """Save a field mapping. Raises WrongSettingsError that names each problem when it cannot work (rule 2.3)."""
    problems = mapping_problems(mapping, sides.fields, sides.codes, sides.policy)
    if problems:
        raise WrongSettingsError(" ".join(f"{item.data_point}: {item.message}" for item in problems))
    institutions.change_field_mapping(sides.institution, mapping, by=by)


def apply_mapping_file(institution: Institution, text: str, *, by: str) -> FieldMapping:
    """Put a mapping file in force."""
    with opened(institution) as sides:
        mapping = read_mapping(text, sides.fields)
        put_in_force(sides, mapping, by=by)
    return mapping


def mapping_file(institution: Institution) -> str:
    """The field mapping in force, as a file."""
    with opened(institution) as sides:
        return write_mapping(institutions.field_mapping(institution), sides.fields)


def check(institution: Institution) -> Iterator[Finding]:
    """Look at every connection, the schema and the mapping; each finding with its mend. Never raises for what it finds."""
    well = True
    for look in (_check_sonis, _check_account):
        try:
            yield from look(institution)
        except SonisbridgeError as error:
            well = False
            yield Finding(severity="error", text=str(error))
    try:
        yield from _check_mapping(institution) if well else ()
    except SonisbridgeError as error:
        yield Finding(severity="error", text=str(error))
    yield from _check_schedules(institution)
    yield from _check_near(institution)
    yield from _check_notifications(institution)


def _check_sonis(institution: Institution) -> Iterator[Finding]:
    sonis = open_sonis(institutions.connections_of(institution, {}, secrets=("sonis_url",)))
    try:
        found = probe(sonis)
        readable = not any(item.severity == "error" for item in found)
        beyond = sonis.excess_rights() if readable else []
    finally:
        sonis.close()
    for item in found:
        yield Finding(severity=item.severity, text=item.text, mend=item.mend)
    if readable:
        yield Finding(severity="ok", text="SONIS answers and has what is read.")
    if beyond:
        more = f" and {len(beyond) - _SHOWN} more" if len(beyond) > _SHOWN else ""
        yield Finding(
            severity="warning",
            text=f"The database user of SONIS can do more than sonisbridge ever does: {', '.join(beyond[:_SHOWN])}{more}.",
            mend="Give sonisbridge a user of its own: `sonisbridge rights` prints the script.",
        )


_SHOWN = 6
"""How many rights are named; one that can do everything would fill a page."""


def _check_account(institution: Institution) -> Iterator[Finding]:
    known = institutions.connections_of(institution, {}, secrets=("token",))
    user_id = _try_account(known, institutions.policy_of(institution))
    yield Finding(severity="ok", text=f"ActiveCampaign answers, as user {user_id}.")


def _check_mapping(institution: Institution) -> Iterator[Finding]:
    with opened(institution) as sides:
        mapping = institutions.field_mapping(institution)
        if not mapping.rows:
            yield Finding(
                severity="error",
                text="No field mapping is in force.",
                mend="Run `sonisbridge fields create --yes`, then `sonisbridge mapping suggest --apply`.",
            )
            return
        for problem in mapping_problems(mapping, sides.fields, sides.codes, sides.policy):
            yield Finding(severity="error", text=f"{problem.data_point}: {problem.message}")
        for text in unlabelled_codes(mapping, sides.codes, sides.fields, sides.policy):
            yield Finding(severity="warning", text=text)
        yield Finding(severity="ok", text=f"{len(mapping.rows)} data points are mapped.")


def _check_schedules(institution: Institution) -> Iterator[Finding]:
    found = [row for row in schedules.all_of(institution) if row.next_due is not None]
    seen = workers.last_seen()
    if not found:
        return
    if seen is None or timezone.now() - seen > WORKER_LOST:
        yield Finding(
            severity="warning",
            text="No worker is up, so no schedule starts anything.",
            mend="Start `sonisbridge serve`, or `sonisbridge worker`, and see that the system starts it again.",
        )
    yield Finding(
        severity="ok", text=f"{len(found)} schedule{' is' if len(found) == 1 else 's are'} waiting for the time."
    )


def _check_near(institution: Institution) -> Iterator[Finding]:
    """The webhook and the watch, where they are on."""
    hook, waiting = webhooks.of(institution), webhooks.waiting(institution)
    if hook is not None:
        heard = "" if hook.heard_at else " Nothing has come to it yet."
        yield Finding(severity="ok", text=f"The webhook is on. {waiting.many} contacts wait to be looked at.{heard}")
    if hook is not None and hook.failures:
        yield Finding(
            severity="warning",
            text=f"The last {hook.failures} imports of what the webhook named did not end well.",
            mend="Look at the newest run that the webhook started; the next import of all contacts looks at them too.",
        )
    if not institutions.policy_of(institution).watch_minutes:
        return
    row = watching.of(institution)
    if row.problem:
        yield Finding(severity="warning", text=f"The last look at who changed in SONIS failed. {row.problem}")
    else:
        yield Finding(severity="ok", text="Who changes in SONIS is looked for by the clock.")


def _check_notifications(institution: Institution) -> Iterator[Finding]:
    found = list(assignments.all_of(institution))
    if not any(Method(row.method).by_email for row in found):
        return
    if not email.configured():
        yield Finding(severity="warning", text="Notifications are to go out by e-mail.", mend=email.NO_SERVER)
        return
    try:
        with email.mail_server():
            yield Finding(severity="ok", text="The mail server answers.")
    except RetryLaterError as error:
        yield Finding(severity="warning", text=str(error), mend="Notices wait for it, for three days.")
