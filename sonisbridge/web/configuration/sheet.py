"""The sheet of the field mapping: a row a data point, a table for each data point with codes; and what was typed into it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from sonisbridge.core.contact import STANDARD_FIELDS, ContactField, ContactFields, FieldId
from sonisbridge.core.field_mapping import (
    DATA_POINTS,
    DataPoint,
    FieldMapping,
    FieldMappingRow,
    MappingProblem,
    NewField,
    WriteRule,
    data_point,
    default_rule,
    mapping_problems,
    missing_fields,
    suggested_rows,
    unlabelled_codes,
)
from sonisbridge.core.labels import STATUSES, TRANSLATED
from sonisbridge.core.person import Codes
from sonisbridge.store import institutions
from sonisbridge.store.models import Institution

FIELD, RULE, LABEL, NEW_CODE, NEW_LABEL = "field.", "rule.", "label.", "new-code.", "new-label."
"""How the names of the inputs begin; the data point follows, then for a label the code."""
SPARE_ROWS = 2
"""Rows for codes that SONIS's own code table lacks."""
RULES: Mapping[WriteRule, tuple[str, str]] = {
    WriteRule.ALWAYS: ("Always", "SONIS wins, and what is blank there is cleared in ActiveCampaign."),
    WriteRule.UNLESS_BLANK: ("Unless blank", "SONIS wins; where it is blank, ActiveCampaign keeps what it has."),
    WriteRule.IF_EMPTY: ("If empty", "Only a contact field that is empty is filled."),
    WriteRule.ONCE: ("Once", "As if empty; another value there is a conflict, which waits in Review."),
}
"""Each write rule in words, and what it means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """One data point, as the page shows it."""

    point: DataPoint
    slug: str
    """Its key in the form that an id may have."""
    mapped: bool
    options: SafeString
    """The options of its drop-down of contact fields, the chosen one marked."""
    label: SafeString
    """Its name, with places where a line may break."""
    rules: tuple[tuple[str, str, bool], ...]
    """Each write rule, its words, and whether it is the chosen one."""
    problems: tuple[str, ...]
    changed: bool
    """Not as it is in force."""
    codes: int
    """How many codes it translates; 0 = it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeTable:
    """The codes of one data point and the label that ActiveCampaign gets for each."""

    point: DataPoint
    slug: str
    rows: tuple[tuple[str, str, str], ...]
    """Each code, what SONIS calls it, and the label that was given, "" for none."""
    offered: tuple[str, ...]
    """The options of the contact field, where it has any."""
    silent: str
    """What becomes of codes without any label, "" when there are none."""
    given: int
    spare: range = range(SPARE_ROWS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Everything that the page of the field mapping shows."""

    rows: tuple[SheetRow, ...]
    tables: tuple[CodeTable, ...]
    problems: tuple[tuple[str, str, str], ...]
    """Each problem: the data point, where in the page it stands, and the sentence."""
    error: str
    """What is wrong with all of it, such as a side that does not answer."""
    missing: tuple[NewField, ...]
    unsaved: bool
    read: bool
    """Whether the account's fields were ever read."""
    rule_meanings: tuple[tuple[str, str], ...] = tuple(RULES.values())


def sheet_of(
    institution: Institution,
    mapping: FieldMapping | None = None,
    problems: Iterable[MappingProblem] = (),
    *,
    error: str = "",
) -> Sheet:
    """The sheet with that mapping in it, by default the one in force. Neither side is asked."""
    in_force = institutions.field_mapping(institution)
    shown = in_force if mapping is None else mapping
    fields, codes = institutions.fields_as_last_read(institution), institutions.codes_as_last_read(institution)
    policy = institutions.policy_of(institution)
    found = list(problems)
    if mapping is None and in_force.rows and len(fields) > len(STANDARD_FIELDS):
        found = mapping_problems(in_force, fields, codes, policy)
    silent = dict(text.split(": ", 1) for text in unlabelled_codes(shown, codes, fields, policy))
    tables = tuple(_table(key, shown, fields, codes, silent) for key in TRANSLATED)
    many = {table.point.key: len(table.rows) for table in tables}
    every = _options(fields)
    return Sheet(
        rows=tuple(_row(point, shown, in_force, fields, every, found, many) for point in DATA_POINTS),
        tables=tables,
        problems=tuple((_name(item.data_point), f"row-{slug(item.data_point)}", item.message) for item in found),
        error=error,
        missing=tuple(missing_fields(fields, codes, policy, shown.translations)),
        unsaved=_document(shown) != _document(in_force),
        read="fields" in institution.account_copy,
    )


def slug(key: str) -> str:
    """The key of a data point in the form that an id may have."""
    return key.replace(".", "-")


def _breakable(label: str) -> SafeString:
    parts = (escape(part) for part in label.replace(".", ".\n").replace("_", "_\n").split("\n"))
    return SafeString("<wbr>".join(parts))


def _name(key: str) -> str:
    point = data_point(key)
    return point.label if point else key


def _document(mapping: FieldMapping) -> object:
    rows = {row.data_point: (row.field_id, row.write_rule) for row in mapping.rows}
    return rows, {key: dict(labels) for key, labels in mapping.translations.items() if labels}


def _row(
    point: DataPoint,
    shown: FieldMapping,
    in_force: FieldMapping,
    fields: ContactFields,
    every: Mapping[FieldId, SafeString],
    problems: list[MappingProblem],
    many: Mapping[str, int],
) -> SheetRow:
    row = shown.row(point.key)
    rule = row.write_rule if row else default_rule(point.key)
    once = point.key == "name.sonis_id"
    rules: list[WriteRule] = [WriteRule.ONCE] if once else [item for item in WriteRule if item is not WriteRule.ONCE]
    if rule not in rules:
        rules.append(rule)
    return SheetRow(
        point=point,
        slug=slug(point.key),
        label=_breakable(point.label),
        mapped=row is not None,
        options=_chosen(every, fields, row.field_id if row else None),
        rules=tuple((str(item), RULES[item][0], item is rule) for item in rules),
        problems=tuple(item.message for item in problems if item.data_point == point.key),
        changed=row != in_force.row(point.key),
        codes=many.get(point.key, 0),
    )


def _options(fields: ContactFields) -> dict[FieldId, SafeString]:
    """The option of every contact field, made once for all rows."""
    return {
        item.field_id: format_html(
            '<option value="{}">{} · {} · %{}%</option>',
            item.field_id, item.title, "text" if item.standard else item.kind, item.tag,
        )
        for item in fields
    }  # fmt: skip


def _chosen(every: Mapping[FieldId, SafeString], fields: ContactFields, chosen: FieldId | None) -> SafeString:
    groups = (("Standard", [item for item in fields if item.standard]), ("Custom", _custom(fields)))
    parts = [SafeString('<option value="">Not transferred</option>')]
    if chosen is not None and chosen not in every:
        parts.append(format_html('<option value="{}" selected>Field {}, which is gone</option>', chosen, chosen))
    for title, items in groups:
        options = SafeString("".join(_marked(every[item.field_id], item.field_id == chosen) for item in items))
        if items:
            parts.append(format_html('<optgroup label="{}">{}</optgroup>', title, options))
    return SafeString("".join(parts))


def _custom(fields: ContactFields) -> list[ContactField]:
    return sorted((item for item in fields if not item.standard), key=lambda item: item.title.casefold())


def _marked(option: SafeString, chosen: bool) -> str:
    return option.replace("<option ", "<option selected ", 1) if chosen else option


def _table(key: str, shown: FieldMapping, fields: ContactFields, codes: Codes, silent: Mapping[str, str]) -> CodeTable:
    point = data_point(key)
    assert point is not None  # every key of TRANSLATED is one
    texts, given = _texts(key, codes), shown.translations.get(key, {})
    row = shown.row(key)
    target = fields.get(row.field_id) if row else None
    rows = [(code, texts.get(code, ""), given.get(code, "")) for code in [*texts, *(set(given) - set(texts))]]
    return CodeTable(
        point=point,
        slug=slug(key),
        rows=tuple(rows if key == "modstat" else sorted(rows)),
        offered=target.options if target else (),
        silent=silent.get(key, ""),
        given=len(given),
    )


def _texts(key: str, codes: Codes) -> dict[str, str]:
    tables = {
        "modstat": {code: codes.module_status.get(code, "") for code in STATUSES},
        "approg.prg_cod": codes.program,
        "approg.term": codes.semester,
        "nmrefby.refer_by": codes.refer_by,
        "prospect.inqtypecod": codes.inquiry_type,
    }
    return tables[key]


# What was typed


def posted(data: QueryDict) -> FieldMapping:
    """The mapping that a form holds, whether it can work or not."""
    return FieldMapping(rows=tuple(_posted_rows(data)), translations=_posted_labels(data))


def _posted_rows(data: QueryDict) -> Iterator[FieldMappingRow]:
    for point in DATA_POINTS:
        field_id = data.get(f"{FIELD}{point.key}", "").strip()
        if field_id:
            written = data.get(f"{RULE}{point.key}", "")
            rule = WriteRule(written) if written in set(WriteRule) else default_rule(point.key)
            yield FieldMappingRow(data_point=point.key, field_id=FieldId(field_id), write_rule=rule)


def _posted_labels(data: QueryDict) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for key in TRANSLATED:
        before = f"{LABEL}{key}."
        labels = {name.removeprefix(before): data.get(name, "") for name in data if name.startswith(before)}
        for place in range(SPARE_ROWS):
            labels[data.get(f"{NEW_CODE}{key}.{place}", "")] = data.get(f"{NEW_LABEL}{key}.{place}", "")
        kept = {code.strip(): label.strip() for code, label in labels.items() if code.strip() and label.strip()}
        if kept:
            found[key] = dict(sorted(kept.items()))
    return found


def with_suggestions(mapping: FieldMapping, fields: ContactFields) -> FieldMapping:
    """The mapping, and for every data point that it leaves out the field with the usual title, where that is free."""
    mapped, taken = {row.data_point for row in mapping.rows}, {row.field_id for row in mapping.rows}
    more = tuple(row for row in suggested_rows(fields) if row.data_point not in mapped and row.field_id not in taken)
    return FieldMapping(rows=(*mapping.rows, *more), translations=mapping.translations)
