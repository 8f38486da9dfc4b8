"""The tables of an extract: CSV files or one workbook, each row checked as it is read (docs/sonis.md, section 7)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal
from zipfile import BadZipFile

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from sonisbridge.core.errors import StopRunError

DateOrder = Literal["", "mdy", "dmy"]
WORKBOOK = "sonis.xlsx"
_DELIMITERS = ",;\t|"
_SLASHED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ T].*)?", re.ASCII)
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[ T].*)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One table of the extract."""

    title: str
    """For messages: the file, or the sheet."""
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def sheets(folder: Path, wanted: Iterable[str]) -> dict[str, Sheet]:
    """Table to its sheet, for every wanted table that the extract has; names are compared without case.

    Raises StopRunError naming the file and line that cannot be read: a part of an extract is never taken for the whole.
    """
    workbook = folder / WORKBOOK
    if workbook.exists():
        return _of_workbook(workbook, wanted)
    by_name = {path.stem.lower(): path for path in sorted(folder.glob("*.csv"))}
    return {table: _of_csv(path) for table in wanted if (path := by_name.get(table.lower())) is not None}


def _of_csv(path: Path) -> Sheet:
    before = _state(path)
    text = _text(path)
    first = text.splitlines()[0] if text else ""
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise StopRunError(f"The extract's file {path.name} is cut short or no CSV: {error}. Make it anew.") from error
    if _state(path) != before:
        raise StopRunError(f"The extract's file {path.name} changed while it was read: start again when it is whole.")
    if text and not text.endswith(("\n", "\r")):
        raise StopRunError(
            f"The extract's file {path.name} does not end with a whole line: it was cut short. Make it anew."
        )
    return _checked(path.name, lines)


def _state(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise StopRunError(f"The extract's file {path.name} cannot be read: {error.strerror}.") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")  # what Windows programs write


def _of_workbook(path: Path, wanted: Iterable[str]) -> dict[str, Sheet]:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (OSError, BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise StopRunError(f"The extract's workbook {path.name} is cut short or no workbook. Make it anew.") from error
    try:
        by_name = {name.strip().lower(): name for name in book.sheetnames}
        return {
            table: _checked(f"{path.name}, sheet {name}", _lines(book[name].iter_rows(values_only=True)))
            for table in wanted
            if (name := by_name.get(table.lower())) is not None
        }
    finally:
        book.close()


def _lines(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[str]]:
    for row in rows:
        if any(value is not None for value in row):
            yield [_cell(value) for value in row]


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(int(value))
        case datetime():
            return value.date().isoformat()
        case date():
            return value.isoformat()
        case float() if value.is_integer():
            return str(int(value))
    return str(value)


def _checked(title: str, lines: Iterable[list[str]]) -> Sheet:
    """The lines as a sheet. Every line has as many cells as the first."""
    rows = [line for line in lines if line]
    if not rows:
        raise StopRunError(f"The extract's {title} is empty: its first line must name the columns.")
    header = tuple(name.strip() for name in rows[0])
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(header):
            raise StopRunError(
                f"The extract's {title} has {len(row)} cells in row {number} and {len(header)} columns: it was cut short or "
                "a text is not quoted. Make it anew."
            )
    return Sheet(title=title, header=header, rows=tuple(map(tuple, rows[1:])))


def day_of(text: str, order: DateOrder, title: str) -> str:
    """A day as yyyy-mm-dd, "" for a blank. Raises StopRunError for one whose order is not known."""
    text = text.strip()
    if not text or _ISO.fullmatch(text):
        return text[:10]
    found = _SLASHED.fullmatch(text)
    if found is None:
        return ""  # no day, as SONIS itself may hold
    if not order:
        raise StopRunError(
            f"The extract's {title} has days such as 01/02/2027, which can be read in two ways: write them as 2027-01-02, or "
            "end the address with ?dates=mdy or ?dates=dmy."
        )
    first, second, year = (int(part) for part in found.groups())
    month, number = (first, second) if order == "mdy" else (second, first)
    try:
        return date(year, month, number).isoformat()
    except ValueError:
        return ""
