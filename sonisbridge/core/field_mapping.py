"""Which data point of SONIS feeds which contact field, when it may be written, and what cannot work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from .contact import EMAIL, STANDARD_FIELDS, ContactField, ContactFields, FieldId
from .labels import TRANSLATED, Labels
from .person import Codes
from .policy import Policy


class WriteRule(StrEnum):
    """When a field may be written (rule 2.2)."""

    ALWAYS = "ALWAYS"
    """SONIS wins, and what is blank there is cleared."""
    UNLESS_BLANK = "UNLESS_BLANK"
    """SONIS wins, and what is blank there stays as it is in ActiveCampaign."""
    IF_EMPTY = "IF_EMPTY"
    """Only an empty field is filled."""
    ONCE = "ONCE"
    """As IF_EMPTY, and a different value is a conflict."""


class ValueKind(StrEnum):
    """What sort of value a data point has, which decides the types of field that can hold it."""

    TEXT = "text"
    LONG_TEXT = "long text"
    DIGITS = "digits"
    """Digits that are no number: ZIP codes and phones, whose zeros and signs count."""
    IDENTIFIER = "identifier"
    EMAIL = "e-mail"
    DATE = "date"
    CODE = "code"
    CODES = "codes"
    TERM = "term"
    YES_NO = "yes or no"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataPoint:
    """One row of the default mapping: a value of SONIS and the contact field it goes to unless chosen otherwise."""

    key: str
    label: str
    default_title: str
    default_kind: str
    """The type of the default field; "standard" for those that ActiveCampaign provides."""
    changeable: bool
    value_kind: ValueKind


def _point(
    key: str, title: str, kind: str, value_kind: ValueKind, *, changeable: bool = False, label: str = ""
) -> DataPoint:
    return DataPoint(
        key=key,
        label=label or key,
        default_title=title,
        default_kind=kind,
        changeable=changeable,
        value_kind=value_kind,
    )


_TEXT, _DIGITS, _DATE = ValueKind.TEXT, ValueKind.DIGITS, ValueKind.DATE
_STREET = "address.st_addr + address.add_addr + add_add2"

DATA_POINTS: tuple[DataPoint, ...] = (
    _point("prospect.hs_grad_year", "HS Grad Date", "date", _DATE),
    _point("name.first_name", "First Name", "standard", _TEXT),
    _point("name.last_name", "Last Name", "standard", _TEXT),
    _point("name.nickname", "Preferred Name", "text", _TEXT),
    _point("name.birthdate", "Birthdate", "date", _DATE),
    _point("nmrefby.refer_by", "Lead Provider", "text", ValueKind.CODES),
    _point("prospect.date_rec", "Subscribed Date", "date", _DATE),
    _point("prospect.inqtypecod", "Opportunity Created By", "text", ValueKind.CODE),
    _point(
        "prospect.memo1",
        "How did you hear about institution?",
        "textarea",
        ValueKind.LONG_TEXT,
    ),
    _point("prospect.agency", "Admissions Rep", "text", _TEXT, changeable=True),
    _point("address.street", "Home Address", "text", _TEXT, changeable=True, label=_STREET),
    _point("address.city", "Home City", "text", _TEXT, changeable=True),
    _point("address.state", "Home State", "text", _TEXT, changeable=True),
    _point("address.zip", "Home Zip Code/Postal Code", "text", _DIGITS, changeable=True),
    _point("address.email", "Email Address", "standard", ValueKind.EMAIL, changeable=True),
    _point("address.email2", "Personal Email", "text", _TEXT, changeable=True),
    _point("address.phone", "Home Phone", "text", _DIGITS, changeable=True),
    _point("address.cell_phone", "Phone", "standard", _DIGITS, changeable=True),
    _point(
        "modstat",
        "Prospect Status",
        "dropdown",
        ValueKind.CODE,
        changeable=True,
        label="SONIS mod stat",
    ),
    _point("approg.prg_cod", "Program of Interest", "text", ValueKind.CODE, changeable=True),
    _point("approg.progentry_date", "Start Date", "date", _DATE, changeable=True),
    _point(
        "approg.term",
        "Start Term",
        "text",
        ValueKind.TERM,
        changeable=True,
        label="approg.sch_year and approg.semester",
    ),
    _point("address.text_me", "Okay to Text", "dropdown", ValueKind.YES_NO, changeable=True),
    _point("prospect.undergrd_attnd", "High School Name", "text", _TEXT),
    _point("name.sonis_id", "SONIS_ID", "text", ValueKind.IDENTIFIER),
)
"""The rows of the default mapping, in its order (rule 2)."""

_BY_KEY = {point.key: point for point in DATA_POINTS}
_PLACE = {point.key: place for place, point in enumerate(DATA_POINTS)}

_SONIS_ID, _EMAIL, _YES_NO = "name.sonis_id", "address.email", ("Yes", "No")

CHOICE_KINDS = frozenset({"dropdown", "radio", "listbox", "checkbox"})
"""The types of field that hold options and nothing else."""
SEVERAL_KINDS = frozenset({"listbox", "checkbox"})
"""Those of them that hold several options at once."""
TEXT_KINDS = frozenset({"text", "textarea", "hidden"})
DATE_KINDS = frozenset({"date", "datetime"})

_USABLE: Mapping[ValueKind, frozenset[str]] = {
    ValueKind.TEXT: TEXT_KINDS | CHOICE_KINDS,
    ValueKind.LONG_TEXT: TEXT_KINDS,
    ValueKind.DIGITS: TEXT_KINDS,
    ValueKind.IDENTIFIER: frozenset({"text"}),
    ValueKind.EMAIL: frozenset({"text"}),
    ValueKind.DATE: TEXT_KINDS | DATE_KINDS,
    ValueKind.CODE: TEXT_KINDS | CHOICE_KINDS,
    ValueKind.CODES: TEXT_KINDS | CHOICE_KINDS,
    ValueKind.TERM: TEXT_KINDS | CHOICE_KINDS,
    ValueKind.YES_NO: TEXT_KINDS | CHOICE_KINDS,
}


MOST_OF_A_CODE, MOST_OF_A_LABEL = 40, 200
"""How long a code and a label of a translation table may be."""


def data_point(key: str) -> DataPoint | None:
    """The data point with that key, or None."""
    return _BY_KEY.get(key)


def default_rule(key: str) -> WriteRule:
    """When a data point is written unless chosen otherwise (rule 2.2)."""
    if key == _SONIS_ID:
        return WriteRule.ONCE
    point = _BY_KEY.get(key)
    return WriteRule.UNLESS_BLANK if point is not None and point.changeable else WriteRule.ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMappingRow:
    """One data point, the contact field that it goes to, and when."""

    data_point: str
    field_id: FieldId
    write_rule: WriteRule


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMapping:
    """The field mapping of an institution. The order of rows never matters."""

    rows: tuple[FieldMappingRow, ...] = ()
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Data point to its translation table, code to label."""

    def row(self, key: str) -> FieldMappingRow | None:
        """The row of a data point, None when it is not transferred."""
        return next((row for row in self.rows if row.data_point == key), None)

    def rule(self, field_id: FieldId) -> WriteRule | None:
        """When that contact field may be written, None when no row goes to it."""
        return next((row.write_rule for row in self.rows if row.field_id == field_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingProblem:
    """Why a mapping cannot work, to be shown beside its row: what is wrong and how to mend it."""

    data_point: str
    message: str


def mapping_problems(
    mapping: FieldMapping, fields: ContactFields, codes: Codes, policy: Policy
) -> list[MappingProblem]:
    """Everything that keeps the mapping from working, in the order of the data points (rule 2.3)."""
    labels = Labels(mapping.translations, codes, policy)
    found = [*_missing_rows(mapping), *_repeated_rows(mapping), *_translation_problems(mapping)]
    for row in mapping.rows:
        found += [
            MappingProblem(data_point=row.data_point, message=message) for message in _row_problems(row, fields, labels)
        ]
    return sorted(
        dict.fromkeys(found),
        key=lambda item: (_PLACE.get(item.data_point, len(_PLACE)), item.data_point, item.message),
    )


def _missing_rows(mapping: FieldMapping) -> Iterator[MappingProblem]:
    mapped = {row.data_point for row in mapping.rows}
    for key, title in ((_SONIS_ID, "a text field such as SONIS_ID"), (_EMAIL, "Email Address")):
        if key not in mapped:
            yield MappingProblem(data_point=key, message=f"It must be mapped: choose {title} as its contact field.")


def _repeated_rows(mapping: FieldMapping) -> Iterator[MappingProblem]:
    points: dict[str, int] = {}
    users: dict[FieldId, set[str]] = {}
    for row in mapping.rows:
        points[row.data_point] = points.get(row.data_point, 0) + 1
        users.setdefault(row.field_id, set()).add(row.data_point)
    for key, times in points.items():
        if times > 1:
            yield MappingProblem(data_point=key, message="It is mapped twice: keep one row.")
    for sharing in users.values():
        for key in sharing if len(sharing) > 1 else ():
            others = ", ".join(sorted(sharing - {key}))
            yield MappingProblem(
                data_point=key,
                message=f"Its contact field is also that of {others}: choose another for one of them.",
            )


def _translation_problems(mapping: FieldMapping) -> Iterator[MappingProblem]:
    for key, labels in mapping.translations.items():
        if key not in TRANSLATED:
            yield MappingProblem(
                data_point=key,
                message="It has no codes to translate: remove its translation table.",
            )
        yield from (MappingProblem(data_point=key, message=message) for message in _label_problems(labels))


def _label_problems(labels: Mapping[str, str]) -> Iterator[str]:
    for code, label in labels.items():
        if not _fits(code, MOST_OF_A_CODE):
            yield f"Its translation table has a code that SONIS cannot have: write {MOST_OF_A_CODE} characters at most."
        elif not _fits(label, MOST_OF_A_LABEL):
            yield f"The label of {code} is too long: write at most {MOST_OF_A_LABEL} characters in one line."


def _fits(text: str, most: int) -> bool:
    plain = all(letter.isprintable() or letter.isspace() for letter in text)
    return 0 < len(text) <= most and plain and len(text.splitlines()) == 1


def _row_problems(row: FieldMappingRow, fields: ContactFields, labels: Labels) -> Iterator[str]:
    point = _BY_KEY.get(row.data_point)
    target = fields.get(row.field_id)
    if point is None:
        yield "SONIS has no such data point: remove the row."
    elif target is None:
        yield (f"ActiveCampaign has no contact field with the id {row.field_id}: choose another or create it.")
    elif (target.field_id == EMAIL) != (point.value_kind is ValueKind.EMAIL):
        yield _wrong_email_field(point)
    elif target.kind not in _USABLE[point.value_kind]:
        yield _wrong_kind(point, target)
    elif point.key == _SONIS_ID and target.standard:
        yield "The SONIS ID needs a custom field of its own: choose a text field such as SONIS_ID."
    elif target.kind in CHOICE_KINDS:
        yield from _option_problems(point, target, labels)
    if row.data_point == _SONIS_ID and row.write_rule is not WriteRule.ONCE:
        yield "The SONIS ID is written once and never replaced: set its write rule to ONCE."


def _wrong_email_field(point: DataPoint) -> str:
    if point.value_kind is ValueKind.EMAIL:
        return "The e-mail address goes to the standard field: choose Email Address."
    return "Email Address is kept for the e-mail address: choose another contact field."


def _wrong_kind(point: DataPoint, target: ContactField) -> str:
    why = ""
    if target.kind == "number" and point.value_kind in (ValueKind.DIGITS, ValueKind.IDENTIFIER):
        why = ", which would lose leading zeros"
    wanted = "text" if point.default_kind == "standard" else point.default_kind
    return (
        f"A {point.value_kind} cannot be written to {target.title}, a field of type {target.kind}"
        f"{why}: choose a field of type {wanted}."
    )


def _option_problems(point: DataPoint, target: ContactField, labels: Labels) -> Iterator[str]:
    if not target.options:
        yield f"{target.title} has no options: add them in ActiveCampaign or choose a text field."
        return
    wanted = needed_options(point, labels)
    barred = [text for text in wanted if "||" in text and target.kind in SEVERAL_KINDS]
    if barred:
        yield (
            f"{target.title} cannot hold a label with ||: give {_listed(barred)} another label "
            "in the translation table."
        )
    offered = {option.strip() for option in target.options}
    missing = [text for text in wanted if text not in offered and text not in barred]
    if missing:
        yield (
            f"{target.title} has no option for {_listed(missing)}: add it in ActiveCampaign, "
            "translate it to an option, or choose a text field."
        )


def _listed(texts: Sequence[str]) -> str:
    """The first few, and how many more there are."""
    shown, more = texts[:8], len(texts) - 8
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def needed_options(point: DataPoint, labels: Labels) -> tuple[str, ...]:
    """The options without which a field cannot hold what the data point is known to send."""
    if point.value_kind is ValueKind.YES_NO:
        return _YES_NO
    if point.value_kind in (ValueKind.CODE, ValueKind.CODES):
        return labels.possible(point.key)
    return ()


def unlabelled_codes(mapping: FieldMapping, codes: Codes, fields: ContactFields, policy: Policy) -> list[str]:
    """A sentence for each mapped data point with codes that no table puts into words (rule 2.3)."""
    labels = Labels(mapping.translations, codes, policy)
    found = []
    for key in TRANSLATED:
        row = mapping.row(key)
        target = fields.get(row.field_id) if row else None
        silent = labels.unlabelled(key) if target else ()
        if target and silent:
            fate = "left blank" if target.kind in CHOICE_KINDS else "sent as they are"
            found.append(
                f"{key}: no label for {_listed(silent)}; they are {fate} until SONIS or the "
                "translation table gives one."
            )
    return found


def suggested_rows(fields: ContactFields) -> tuple[FieldMappingRow, ...]:
    """The default mapping, for every data point whose usual contact field exists with a usable type."""
    rows = []
    taken: set[FieldId] = set()
    for point in DATA_POINTS:
        for target in _usual_fields(point, fields):
            if target.field_id not in taken and target.kind in _USABLE[point.value_kind]:
                taken.add(target.field_id)
                rows.append(
                    FieldMappingRow(
                        data_point=point.key,
                        field_id=target.field_id,
                        write_rule=default_rule(point.key),
                    )
                )
                break
    return tuple(rows)


def _usual_fields(point: DataPoint, fields: ContactFields) -> list[ContactField]:
    """The fields with the usual title, the exact spelling first."""
    standard = point.default_kind == "standard"
    titled = [
        target for target in fields.titled(point.default_title) if (target.field_id in STANDARD_FIELDS) == standard
    ]
    return sorted(titled, key=lambda target: (target.title != point.default_title, target.field_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewField:
    """A custom field that the default mapping needs and the account lacks."""

    data_point: str
    title: str
    kind: str
    options: tuple[str, ...] = ()


def missing_fields(
    fields: ContactFields,
    codes: Codes,
    policy: Policy,
    translations: Mapping[str, Mapping[str, str]],
) -> list[NewField]:
    """The custom fields of the default mapping that no field of the account has the title of (rule 2.4).

    A field of that title and another type is not missing: titles are unique in ActiveCampaign.
    """
    labels = Labels(translations, codes, policy)
    return [
        NewField(
            data_point=point.key,
            title=point.default_title,
            kind=point.default_kind,
            options=needed_options(point, labels) if point.default_kind == "dropdown" else (),
        )
        for point in DATA_POINTS
        if point.default_kind != "standard" and not fields.titled(point.default_title)
    ]
