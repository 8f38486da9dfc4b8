"""What the read-only interface offers, said once: the views answer by it and the OpenAPI document is written from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.db.models import Q, QuerySet

from sonisbridge.core.contact import ListStatus
from sonisbridge.core.outcome import Kind, Reason
from sonisbridge.core.values import email_key
from sonisbridge.store.models import Institution, MirrorContact, OpenConflict, PlanLine, Run

Schema = Mapping[str, Any]
Narrow = Callable[[QuerySet[Any], Any], QuerySet[Any]]

STATUSES = ("queued", "running", "succeeded", "succeeded_with_problems", "failed", "cancelled", "interrupted", "held")
KINDS = ("outbound", "inbound")
COUNTS = ("read", *(str(kind) for kind in Kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One filter of a call."""

    name: str
    text: str
    schema: Schema
    narrow: Narrow


@dataclass(frozen=True, slots=True, kw_only=True)
class RowKind:
    """One kind of row: its schema, and how a row is written."""

    name: str
    schema: Schema
    write: Callable[[Any], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A call that lists rows, page by page."""

    name: str
    """The key of the rows in the answer."""
    text: str
    kind: RowKind
    parameters: tuple[Parameter, ...]
    order: str
    """The field that rows stand in order of, "-" before it for the highest first; a page goes on after a value of it."""


def _object(**properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _text(words: str, *, null: bool = False, **more: Any) -> Schema:
    return {"type": ["string", "null"] if null else "string", "description": words, **more}


def _number(words: str, kind: str = "integer") -> Schema:
    return {"type": kind, "description": words}


def _moment(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if value else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _equal(field: str) -> Narrow:
    return lambda rows, value: rows.filter(**{field: value})


# The kinds of rows

INSTITUTION = RowKind(
    name="Institution",
    schema=_object(institution=_number("Its number, for the parameter institution."), name=_text("Its name.")),
    write=lambda row: {"institution": row.pk, "name": row.name},
)


def _run(row: Run) -> dict[str, Any]:
    return {
        "run": row.pk,
        "kind": row.kind,
        "status": row.status,
        "preview": row.preview,
        "started_by": row.started_by,
        "started_at": _moment(row.started_at),
        "ended_at": _moment(row.ended_at),
        "counts": {name: row.counts.get(name, 0) for name in COUNTS},
        "drift": row.drift,
        "requests": row.requests,
        "seconds": round(row.seconds, 3),
        "message": row.message,
    }


RUN = RowKind(
    name="Run",
    schema=_object(
        run=_number("Its number."),
        kind=_text("outbound is an export, inbound an import.", enum=list(KINDS)),
        status=_text("How it stands, or ended.", enum=list(STATUSES)),
        preview={"type": "boolean", "description": "It only showed what it would do."},
        started_by=_text("Who or what started it."),
        started_at=_text("When it started.", format="date-time"),
        ended_at=_text("When it ended; null while it goes on.", null=True, format="date-time"),
        counts=_object(**{name: _number(f"How many: {name}.") for name in COUNTS}),
        drift=_number("How many values somebody had changed in ActiveCampaign."),
        requests=_number("How many requests it made."),
        seconds=_number("How long it worked.", "number"),
        message=_text("What there is to say of it as a whole."),
    ),
    write=_run,
)


def _outcome(row: PlanLine) -> dict[str, Any]:
    return {
        "sonis_id": row.sonis_id or None,
        "contact_id": str(row.contact_id) if row.contact_id is not None else None,
        "outcome": row.outcome or row.planned,
        "reason": row.reason or None,
        "message": row.message,
    }


OUTCOME = RowKind(
    name="Outcome",
    schema=_object(
        sonis_id=_text("The person.", null=True),
        contact_id=_text("The contact.", null=True),
        outcome=_text("What became of them; of a preview, what would.", enum=[str(kind) for kind in Kind]),
        reason=_text("Why, for outcomes that need a reason.", null=True),
        message=_text("The same in a sentence."),
    ),
    write=_outcome,
)


def _contact(row: MirrorContact) -> dict[str, Any]:
    return {
        "contact_id": str(row.contact_id),
        "email": row.email,
        "first_name": row.first_name,
        "last_name": row.last_name,
        "sonis_id": row.sonis_id or None,
        "status": row.standing or None,
        "created": _moment(row.created),
        "updated": _moment(row.updated),
    }


CONTACT = RowKind(
    name="Contact",
    schema=_object(
        contact_id=_text("Its number in ActiveCampaign."),
        email=_text("Its address."),
        first_name=_text("First name."),
        last_name=_text("Last name."),
        sonis_id=_text("Who it is in SONIS; null for a contact that was made in ActiveCampaign.", null=True),
        status=_text("How it stands on its lists; null on none.", null=True),
        created=_text("When it was made.", null=True, format="date-time"),
        updated=_text("When it last changed.", null=True, format="date-time"),
    ),
    write=_contact,
)


def _conflict(row: OpenConflict) -> dict[str, Any]:
    return {
        "conflict": row.pk,
        "kind": row.kind,
        "reason": row.reason,
        "sonis_id": row.sonis_id or None,
        "contact_ids": [str(item) for item in row.contact_ids],
        "proposed": str(row.proposed) if row.proposed else None,
        "message": row.message,
        "first_run": row.first_run,
        "last_run": row.last_run,
    }


CONFLICT = RowKind(
    name="Conflict",
    schema=_object(
        conflict=_number("Its number."),
        kind=_text("Whether exports or imports find it.", enum=list(KINDS)),
        reason=_text("Why nothing is written."),
        sonis_id=_text("The person.", null=True),
        contact_ids={"type": "array", "items": {"type": "string"}, "description": "The contacts in question."},
        proposed=_text("The contact that would be linked, where there is one.", null=True),
        message=_text("The same in a sentence."),
        first_run=_number("The run that found it first."),
        last_run=_number("The run that found it last."),
    ),
    write=_conflict,
)

# The filters

_SINCE = Parameter(
    name="since", text="Started on this day or later (UTC).", schema={"type": "string", "format": "date"},
    narrow=lambda rows, value: rows.filter(started_at__gte=_midnight(value)),
)  # fmt: skip
_UNTIL = Parameter(
    name="until", text="Started before this day (UTC).", schema={"type": "string", "format": "date"},
    narrow=lambda rows, value: rows.filter(started_at__lt=_midnight(value)),
)  # fmt: skip
_KIND = Parameter(
    name="kind", text="Exports (outbound) or imports (inbound) only.",
    schema={"type": "string", "enum": list(KINDS)}, narrow=_equal("kind"),
)  # fmt: skip
_REASON = Parameter(
    name="reason", text="Only those with this reason.",
    schema={"type": "string", "enum": [str(reason) for reason in Reason]}, narrow=_equal("reason"),
)  # fmt: skip
_SONIS_ID = Parameter(
    name="sonis_id", text="Only this person.", schema={"type": "string", "maxLength": 40}, narrow=_equal("sonis_id")
)

RUNS = Rows(
    name="runs",
    text="Runs, newest first.",
    kind=RUN,
    parameters=(
        _KIND,
        Parameter(
            name="status", text="Only those that stand, or ended, so.",
            schema={"type": "string", "enum": list(STATUSES)}, narrow=_equal("status"),
        ),
        _SINCE,
        _UNTIL,
    ),
    order="-pk",
)  # fmt: skip
OUTCOMES = Rows(
    name="outcomes",
    text="What became of each person or contact in a run. People who were unchanged are a count of the run, not a row.",
    kind=OUTCOME,
    parameters=(
        Parameter(
            name="outcome", text="Only those to whom this happened.",
            schema={"type": "string", "enum": [str(kind) for kind in Kind]},
            narrow=lambda rows, value: rows.filter(Q(outcome=value) | Q(outcome="", planned=value)),
        ),
        _REASON,
        _SONIS_ID,
    ),
    order="position",
)  # fmt: skip
CONTACTS = Rows(
    name="contacts",
    text="Contacts, as ActiveCampaign last told of them.",
    kind=CONTACT,
    parameters=(
        Parameter(
            name="email", text="The one of this address.", schema={"type": "string", "maxLength": 255},
            narrow=lambda rows, value: rows.filter(email_key=email_key(value)),
        ),
        _SONIS_ID,
        Parameter(
            name="from_sonis", text="true: those that have a SONIS ID; false: those that were made in ActiveCampaign.",
            schema={"type": "boolean"},
            narrow=lambda rows, value: rows.exclude(sonis_id="") if value else rows.filter(sonis_id=""),
        ),
        Parameter(
            name="status", text="Only those that stand so on their lists.",
            schema={"type": "string", "enum": [status.name.lower() for status in ListStatus]},
            narrow=_equal("standing"),
        ),
    ),
    order="contact_id",
)  # fmt: skip
CONFLICTS = Rows(
    name="conflicts",
    text="Conflicts that wait for a decision.",
    kind=CONFLICT,
    parameters=(_KIND, _REASON, _SONIS_ID),
    order="pk",
)
INSTITUTIONS = Rows(
    name="institutions",
    text="The institutions that you may see.",
    kind=INSTITUTION,
    parameters=(),
    order="pk",
)


def rows_of(listed: Rows, institution: Institution) -> QuerySet[Any]:
    """All rows of a listing for the institution."""
    model = {"runs": Run, "contacts": MirrorContact, "conflicts": OpenConflict}[listed.name]
    return model._default_manager.filter(institution=institution)
