"""The field mapping as a TOML file that can be kept under version control (rule 16)."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Iterator, Mapping

import tomli_w

from .contact import ContactField, ContactFields
from .errors import WrongSettingsError
from .field_mapping import DATA_POINTS, FieldMapping, FieldMappingRow, WriteRule, data_point, default_rule
from .labels import TRANSLATED

_ROW_KEYS = ("data_point", "contact_field", "write_rule")
_TOP_KEYS = ("mapping", "translate")


def read_mapping(text: str, fields: ContactFields) -> FieldMapping:
    """The field mapping that the file describes, its contact fields found in the account.

    Raises WrongSettingsError, which names the line or row and the mend, for the first thing that cannot be read.
    Whether the mapping can work is another question: `mapping_problems` answers it.
    """
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number of many digits is a ValueError of another kind
        raise WrongSettingsError(f"The mapping file is not TOML: {error}. Correct that line.") from error
    _refuse_unknown(document, _TOP_KEYS, "The mapping file")
    rows = document.get("mapping", [])
    if not isinstance(rows, list):
        raise WrongSettingsError("The rows of the mapping file must each begin with [[mapping]], in double brackets.")
    return FieldMapping(
        rows=tuple(_row(number, row, fields) for number, row in enumerate(rows, start=1)),
        translations=_translations(document.get("translate", {})),
    )


def write_mapping(mapping: FieldMapping, fields: ContactFields) -> str:
    """The file that `read_mapping` reads back as the same mapping: by title, or by id where a title will not do."""
    parts = [
        tomli_w.dumps(
            {
                "data_point": row.data_point,
                "contact_field": _spelled(row, fields),
                "write_rule": str(row.write_rule),
            }
        )
        for row in mapping.rows
    ]
    tables = {key: dict(labels) for key, labels in mapping.translations.items() if labels}
    written = [f"[[mapping]]\n{part}" for part in parts]
    return "\n".join([*written, *([tomli_w.dumps({"translate": tables})] if tables else [])])


def _row(number: int, row: object, fields: ContactFields) -> FieldMappingRow:
    where = f"Row {number} of the mapping file"
    if not isinstance(row, dict):
        raise WrongSettingsError(f"{where} is not a table: begin it with [[mapping]].")
    _refuse_unknown(row, _ROW_KEYS, where)
    key = _text(row, "data_point", where)
    if data_point(key) is None:
        near = _nearest(key, [point.key for point in DATA_POINTS])
        raise WrongSettingsError(f"{where} names {key!r}, which is no data point: {near}.")
    where = f"{where} ({key})"
    rule = _rule(_text(row, "write_rule", where), where) if "write_rule" in row else default_rule(key)
    target = _target(_text(row, "contact_field", where), fields, where)
    return FieldMappingRow(data_point=key, field_id=target.field_id, write_rule=rule)


def _text(row: Mapping[str, object], key: str, where: str) -> str:
    if key not in row:
        raise WrongSettingsError(f'{where} has no {key}: add the line {key} = "...".')
    value = row[key]
    if not isinstance(value, str) or not value.strip():
        raise WrongSettingsError(f"The {key} of {where[0].lower()}{where[1:]} must be a text in quotes.")
    return value.strip()


def _rule(written: str, where: str) -> WriteRule:
    try:
        return WriteRule(written.upper())
    except ValueError as error:
        rules = ", ".join(WriteRule)
        raise WrongSettingsError(f"{where} has the write rule {written!r}: use one of {rules}.") from error


def _target(written: str, fields: ContactFields, where: str) -> ContactField:
    """The contact field that a title, a %TAG% or an id: names."""
    found = list(_named(written, fields))
    if len(found) == 1:
        return found[0]
    if found:
        choices = " or ".join(f"id:{target.field_id}" for target in found)
        raise WrongSettingsError(f"{where} goes to {written!r}, and several fields have that title: write {choices}.")
    near = _nearest(written, [target.title for target in fields])
    raise WrongSettingsError(f"{where} goes to {written!r}, which is no contact field of the account: {near}.")


def _named(written: str, fields: ContactFields) -> Iterable[ContactField]:
    if written.startswith("id:"):
        wanted = written.removeprefix("id:").strip()
        return (target for target in fields if target.field_id == wanted)
    if len(written) > 2 and written[0] == written[-1] == "%":
        tag = written[1:-1].casefold()
        return (target for target in fields if target.tag.casefold() == tag)
    titled = fields.titled(written)
    exact = [target for target in titled if target.title.strip() == written]
    return exact if len(exact) == 1 else titled


def _spelled(row: FieldMappingRow, fields: ContactFields) -> str:
    target = fields.get(row.field_id)
    title = target.title.strip() if target else ""
    if title and [found.field_id for found in _named(title, fields)] == [row.field_id]:
        return title
    return f"id:{row.field_id}"


def _translations(tables: object) -> dict[str, dict[str, str]]:
    if not isinstance(tables, dict):
        raise WrongSettingsError("The translation tables must each begin with a line such as [translate.modstat].")
    return {key: _table(key, labels) for key, labels in _flattened(tables, "")}


def _flattened(tables: Mapping[str, object], before: str) -> Iterator[tuple[str, object]]:
    """Tables by data point; [translate.approg.term], without quotes, stands for approg.term too."""
    for name, content in tables.items():
        key = f"{before}{name}"
        inner = isinstance(content, dict) and any(point.startswith(f"{key}.") for point in TRANSLATED)
        if key not in TRANSLATED and inner and isinstance(content, dict):
            yield from _flattened(content, f"{key}.")
        else:
            yield key, content


def _table(key: str, labels: object) -> dict[str, str]:
    where = f"The translation table {key}"
    if key not in TRANSLATED:
        raise WrongSettingsError(f"{where} is for no data point that has codes: {_nearest(key, list(TRANSLATED))}.")
    if not isinstance(labels, dict):
        raise WrongSettingsError(f'{where} must be a table: begin it with [translate."{key}"].')
    for code, label in labels.items():
        if not isinstance(label, str) or not label.strip():
            raise WrongSettingsError(f"{where} gives {code!r} no label: write it as a text in quotes.")
    return {code.strip(): label.strip() for code, label in labels.items()}


def _refuse_unknown(table: Mapping[str, object], known: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in known:
            raise WrongSettingsError(f"{where} has the unknown key {key!r}: {_nearest(key, list(known))}.")


def _nearest(written: str, known: list[str]) -> str:
    """A mend: the nearest known word, or all of a few."""
    lower = {word.lower(): word for word in known}
    near = difflib.get_close_matches(written.lower(), lower, n=1, cutoff=0.4)
    if near:
        return f"write {lower[near[0]]!r} if that is meant"
    return f"use one of {', '.join(known)}"
