"""The schema file: which tables and columns of an institution hold what we read, in TOML (docs/sonis.md, section 2)."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

import tomli_w

from sonisbridge.core.errors import WrongSettingsError

from .data_points import ALIASES
from .tables import (
    COLUMNS,
    KEYS,
    OFF_UNLESS_NAMED,
    Expression,
    Schema,
    every_column,
    expression,
    may_be_left_out,
)

_SECTIONS = {"tables", "columns", "expressions", "without"}
_NEVER = frozenset({"ssn", "pin", "password"})
"""Columns that are never read, whatever anybody asks for (rule 3.1)."""


def read_schema(text: str) -> Schema:
    """The schema that a TOML file describes: only what differs from the default.

    `[tables]` holds logical = "physical" names, `[columns]` "table.column" = "physical" names, `[expressions]`
    "table.column" = an expression or { join = [...], with = ", " }, and `without` lists tables and columns that are not
    there. Raises WrongSettingsError naming what is wrong.
    """
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number of many digits is a ValueError of another kind
        raise WrongSettingsError(f"The schema file is not TOML: {error}.") from error
    unknown = sorted(set(document) - _SECTIONS)
    if unknown:
        raise WrongSettingsError(
            f"The schema file has {unknown[0]!r}; it may have [tables], [columns], [expressions] and without."
        )
    tables = _names(document.get("tables", {}), "tables")
    for name in tables:
        _known(name, COLUMNS, "table")
    columns = {_place(name): physical for name, physical in _names(document.get("columns", {}), "columns").items()}
    expressions = _expressions(document.get("expressions", {}))
    for physical in (*columns.values(), *(used for made in expressions.values() for used in made.columns)):
        if physical.strip('[]"').casefold() in _NEVER:
            raise WrongSettingsError(f"The schema file asks for the column {physical!r}, which is never read.")
    both = sorted(set(columns) & set(expressions))
    if both:
        raise WrongSettingsError(f"The schema file names {'.'.join(both[0])!r} in [columns] and in [expressions].")
    named = {".".join(place) for place in (*columns, *expressions)}
    without = (OFF_UNLESS_NAMED - named) | _without(document.get("without", []))
    return Schema(tables=tables, columns=columns, without=without, expressions=expressions)


def write_schema(schema: Schema) -> str:
    """The whole schema as a schema file, the usual names written out too, so that it can be looked through and changed."""
    columns = {
        f"{table}.{key}": schema.columns.get((table, key), default)
        for table, held in COLUMNS.items()
        for key, (default, _kind) in held.items()
        if schema.has(table) and schema.has(table, key) and (table, key) not in schema.expressions
    }
    document: dict[str, Any] = {}
    if left_out := sorted(schema.without - OFF_UNLESS_NAMED):
        document["without"] = left_out
    document["tables"] = {table: schema.physical(table) for table in COLUMNS if schema.has(table)}
    document["columns"] = columns
    if schema.expressions:
        document["expressions"] = {".".join(place): _written(made) for place, made in schema.expressions.items()}
    return tomli_w.dumps(document)


def _written(made: Expression) -> object:
    return made.text or {"join": list(made.columns), "with": made.separator}


def _place(name: str) -> tuple[str, str]:
    """The column that a name of ours, or of the field mapping, stands for."""
    place = ALIASES.get(name, name) if name not in every_column() else name
    _known(place, every_column(), "column")
    table, _dot, column = place.partition(".")
    return table, column


def _expressions(value: object) -> dict[tuple[str, str], Expression]:
    if not isinstance(value, dict):
        raise WrongSettingsError(
            '[expressions] in the schema file must hold lines such as "name.nickname" = "UPPER(nick)".'
        )
    found = {}
    for name, item in value.items():
        place = _place(str(name))
        if place[1] in KEYS or place[0] == "webps":
            why = "rows are found by it" if place[1] in KEYS else "web prospects are written"
            raise WrongSettingsError(f"{name!r} in the schema file must be a column and no expression: {why}.")
        found[place] = _expression(str(name), item)
    return found


def _expression(name: str, item: object) -> Expression:
    match item:
        case str() if item.strip():
            made = expression(item)
            if not made.columns:
                raise WrongSettingsError(f"The expression of {name!r} in the schema file uses no column.")
            return made
        case {"join": [*columns], **rest} if columns and all(isinstance(c, str) and c.strip() for c in columns):
            separator = rest.pop("with", " ")
            if isinstance(separator, str) and not rest:
                return Expression(columns=tuple(str(column).strip() for column in columns), separator=separator)
    raise WrongSettingsError(
        f'The expression of {name!r} in the schema file must be a text, or {{ join = ["one", "two"], with = ", " }}.'
    )


def _without(value: object) -> frozenset[str]:
    if not isinstance(value, list):
        raise WrongSettingsError("`without` in the schema file must be a list of names.")
    found = set()
    allowed = [table for table in COLUMNS if may_be_left_out(table)]
    allowed += [name for name in every_column() if may_be_left_out(*name.split("."))]
    for name in map(str, value):
        place = name if name in COLUMNS or name in every_column() else ALIASES.get(name, name)
        _known(place, allowed, "optional table or column")
        found.add(place)
    return frozenset(found)


def _names(value: object, what: str) -> dict[str, str]:
    if not isinstance(value, Mapping) or not all(isinstance(item, str) and item.strip() for item in value.values()):
        raise WrongSettingsError(f'[{what}] in the schema file must hold lines such as name = "their_name".')
    return {str(key): str(item).strip() for key, item in value.items()}


def _known(name: str, known: Iterable[str], what: str) -> None:
    known = list(known)
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise WrongSettingsError(f"The schema file names the {what} {name!r}, which is not one that is used.{hint}")
