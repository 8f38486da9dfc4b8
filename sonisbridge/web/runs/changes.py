"""One line of a run, opened: field by field what ActiveCampaign had, what SONIS says, and the rule that lets it write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sonisbridge.core.contact import ContactFields, FieldId
from sonisbridge.core.field_mapping import DATA_POINTS, FieldMapping, WriteRule
from sonisbridge.store import history, institutions
from sonisbridge.store.models import PlanLine

RULES = {
    WriteRule.ALWAYS: "always",
    WriteRule.UNLESS_BLANK: "unless SONIS is blank",
    WriteRule.IF_EMPTY: "only where it is empty",
    WriteRule.ONCE: "once",
}
"""Each write rule as pages say it."""
_LABELS = {point.key: point.label for point in DATA_POINTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldLine:
    """One field of one contact."""

    title: str
    data_point: str
    before: str
    after: str
    rule: str
    drifted: bool
    """Somebody changed it in ActiveCampaign since it was last confirmed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What there is to see of a line."""

    fields: list[FieldLine]
    created: bool
    account: str
    """The account that the contact is put into, "" when it is not."""
    left_over: dict[str, str]
    """What did not fit into SONIS when the contact was imported: field to its whole value."""


def opened(line: PlanLine) -> Opened:
    """The line in detail, from what our database holds."""
    institution = line.run.institution
    mapping = institutions.field_mapping(institution)
    known = institutions.fields_as_last_read(institution)
    left_over = history.left_over(line.run, [line.contact_id] if line.contact_id and not line.change else [])
    return Opened(
        fields=list(_fields(line, mapping, known)),
        created=line.planned == "created",
        account=institutions.policy_of(institution).account_name if line.link_account else "",
        left_over={_LABELS.get(key, key): text for key, text in left_over.get(line.contact_id or 0, {}).items()},
    )


def _fields(line: PlanLine, mapping: FieldMapping, known: ContactFields) -> Iterator[FieldLine]:
    rows = {row.field_id: row for row in mapping.rows}
    for field_id, (before, after) in line.change.items():
        field, row = known.get(FieldId(field_id)), rows.get(FieldId(field_id))
        yield FieldLine(
            title=field.title if field else f"Field {field_id}",
            data_point=_LABELS.get(row.data_point, row.data_point) if row else "",
            before=before,
            after=after,
            rule=RULES[row.write_rule] if row else "",
            drifted=field_id in line.drift,
        )
