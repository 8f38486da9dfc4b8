"""SONIS by files, for schools that allow neither database nor SOAP: an extract in, web prospects out (docs/sonis.md, section 7).

The extract is loaded into a database in memory and read from there as any other SONIS.
"""

from __future__ import annotations

import csv
import io
import json
import os
import secrets
import sqlite3
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import sqlalchemy as sa

from sonisbridge.core.errors import StopRunError, WrongSettingsError
from sonisbridge.core.prospect import NewProspect
from sonisbridge.core.values import email_key, name_key

from . import people, prospects
from .address import FILES, fingerprint_of, parsed, title_of
from .cleaning import day, number
from .connection import Connection
from .extract import DateOrder, Sheet, day_of, sheets
from .source import Source
from .tables import COLUMNS, PlainDay, Schema

GOOD = "files:///srv/sonis-extract"
OUT = "web-prospects"
_NOTE = "last-extract.json"
_LEAST_PART = 0.5
"""An extract with fewer people than this part of the last one is taken for one that was cut."""


class FilesSource(Connection):
    """Reads an extract of SONIS. Opening it reads it whole: raises StopRunError when it is not whole."""

    def __init__(self, url: str, schema: Schema) -> None:
        Source.__init__(self, schema)
        self.folder, self._order = _folder(url)
        self.dialect = "sqlite"
        self.makes_people = False
        self.title = title_of(parsed(url))
        self._place = fingerprint_of(parsed(url))
        place = f"file:sonisbridge-{secrets.token_hex(8)}?mode=memory&cache=shared"

        def connect() -> sqlite3.Connection:
            return sqlite3.connect(place, uri=True, check_same_thread=False)

        self._anchor = connect()  # the database lives as long as this
        self._engine = self._writer = sa.create_engine("sqlite://", creator=connect, isolation_level="AUTOCOMMIT")
        try:
            self._load()
            self._take_written()
        except BaseException:
            self.close()
            raise

    @property
    def fingerprint(self) -> str:
        """Which extract this is, as a hash of its place."""
        return self._place

    def close(self) -> None:
        """Forget what was read."""
        super().close()
        self._anchor.close()

    def _load(self) -> None:
        names = {table: self.wanted.physical(table).rpartition(".")[2] for table in self.wanted.tables_read()}
        found = sheets(self.folder, names.values())
        if names["name"] not in found:
            raise StopRunError(
                f"There is no extract in {self.folder}: it must hold {names['name']}.csv, {names['address']}.csv and so on, "
                "or one workbook sonis.xlsx with sheets of these names."
            )
        for table, name in names.items():
            if name in found:
                self._make(table, name, found[name])
            elif table == "webps":
                self._make(table, name, self._no_inquiries())
        self._check_size(len(found[names["name"]].rows))

    def _no_inquiries(self) -> Sheet:
        columns = [str(column.name) for column in self.wanted.table("webps").columns]
        return Sheet(title="web prospects", header=tuple(columns), rows=())

    def _make(self, table: str, name: str, sheet: Sheet) -> None:
        """One table with the columns of the sheet. Only those that are used are kept."""
        used = {str(column.name).lower(): str(column.key) for column in self.wanted.table(table).columns}
        places = [(place, column) for place, column in enumerate(sheet.header) if column.lower() in used]
        doubled = sorted(
            {column for _place, column in places if [c.lower() for c in sheet.header].count(column.lower()) > 1}
        )
        if doubled:
            raise StopRunError(f"The extract's {sheet.title} names the column {doubled[0]!r} twice.")
        if not places:
            raise StopRunError(
                f"The extract's {sheet.title} has none of the columns that are used: its first line must name them."
            )
        kinds = {column: COLUMNS[table].get(used[column.lower()], ("", ""))[1] for _place, column in places}

        def value(column: str, text: str) -> str | int:
            match kinds[column]:
                case "day":
                    return day_of(text, self._order, sheet.title)
                case "number":
                    return number(text)
            return text.strip()

        listed = ", ".join(_quoted(column) for _place, column in places)
        marks = ", ".join("?" * len(places))
        keyed = [column for _place, column in places if used[column.lower()] in ("sonis_id", "rid")]
        with self._anchor as database:
            database.execute(f"CREATE TABLE {_quoted(name)} ({listed})")
            database.executemany(
                f"INSERT INTO {_quoted(name)} VALUES ({marks})",  # noqa: S608 (names are quoted)
                (tuple(value(column, row[place]) for place, column in places) for row in sheet.rows),
            )
            for column in keyed:
                unique = "UNIQUE " if table == "webps" and used[column.lower()] == "rid" else ""
                database.execute(
                    f"CREATE {unique}INDEX {_quoted(f'{name}_{column}')} ON {_quoted(name)} ({_quoted(column)})"
                )

    def _check_size(self, count: int) -> None:
        note = self.folder / OUT / _NOTE
        try:
            before = int(json.loads(note.read_text(encoding="utf-8"))["people"])
        except (OSError, ValueError, KeyError, TypeError):
            before = 0
        if count < before * _LEAST_PART or not count:
            raise StopRunError(
                f"The extract in {self.folder} holds {count:,} people, and the last one held {before:,}: it looks cut. Make it "
                f"anew; where it is meant so, delete {OUT}/{_NOTE} there."
            )
        if count != before:
            try:
                note.parent.mkdir(exist_ok=True)
                note.write_text(json.dumps({"people": count}), encoding="utf-8")
            except OSError as error:
                raise StopRunError(f"Nothing can be written into {note.parent}: {error.strerror}.") from error

    def _take_written(self) -> None:
        """Count what was written for SONIS before as web prospects that wait, but for those who are people by now."""
        if any(item.severity == "error" for item in self.findings()) or not self.schema.has("webps"):
            return
        written = [row for path in sorted((self.folder / OUT).glob("*.csv")) for row in _written(path)]
        if not written:
            return
        table = self.schema.table("webps")
        keys = {str(column.name): str(column.key) for column in table.columns}
        known = {
            (email_key(email), name_key(person.first_name, person.last_name))
            for person in people.identities(self)
            for email in person.all_emails
        }
        stand = {prospect.row_id for prospect in prospects.waiting_prospects(self)}
        rid, email, first, last = (str(table.c[key].name) for key in ("rid", "email", "first_name", "last_name"))
        for row in written:
            same = (email_key(row.get(email, "")), name_key(row.get(first, ""), row.get(last, ""))) in known
            if same or not row.get(rid) or row[rid] in stand:
                continue
            stand.add(row[rid])
            values = {
                key: day(value) if isinstance(table.c[key].type, PlainDay) else value
                for name, value in row.items()
                if value and (key := keys.get(name))
            }
            with self.transaction() as open_one:
                open_one.execute(sa.insert(table).values(**values))


def add_prospect(source: FilesSource, prospect: NewProspect) -> str | None:
    """Write the contact into the day's file of web prospects: the id of its row; None when it stands there already.

    A line is whole or not there: one that was cut by a kill is taken away before the next is written.
    """
    row_id = prospects.add_prospect(source, prospect)
    if row_id is None:
        return None
    columns = {str(column.name): str(column.key) for column in source.schema.table("webps").columns}
    values = prospects.prospect_values(source, prospect)
    row = [_safe("" if (value := values.get(key)) is None else str(value)) for key in columns.values()]
    path = source.folder / OUT / f"web-prospects-{prospect.submitted:%Y%m}.csv"
    try:
        path.parent.mkdir(exist_ok=True)
        _append(path, list(columns), row)
    except OSError as error:
        raise StopRunError(f"The web prospects cannot be written to {path}: {error.strerror}.") from error
    return row_id


def _append(path: Path, header: list[str], row: list[str]) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        whole = file.read().rpartition(b"\n")
        end = len(whole[0]) + len(whole[1])
        file.truncate(end)
        file.seek(end)
        lines = io.StringIO(newline="")
        writer = csv.writer(lines, lineterminator="\r\n")
        if end == 0:
            writer.writerow(header)
        writer.writerow(row)
        file.write(lines.getvalue().encode("utf-8"))
        file.flush()
        os.fsync(file.fileno())


def _written(path: Path) -> list[dict[str, str]]:
    """The whole lines of a file that was written before."""
    try:
        text = path.read_text(encoding="utf-8").rpartition("\n")[0]
    except (OSError, UnicodeDecodeError) as error:
        raise StopRunError(
            f"The web prospects in {path} cannot be read: put the file back as it was written."
        ) from error
    return [
        {key: _plain(value or "") for key, value in row.items() if key} for row in csv.DictReader(io.StringIO(text))
    ]  # fmt: skip


def _safe(text: str) -> str:
    """The text so that a spreadsheet takes it for no formula; a telephone number stays as it is."""
    risky = text[:1] in ("=", "@", "\t", "\r") or (text[:1] in ("+", "-") and not text[1:2].isdigit())
    return f"'{text}" if risky else text


def _plain(text: str) -> str:
    return text[1:] if text[:1] == "'" and _safe(text[1:]) == text else text


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _folder(url: str) -> tuple[Path, DateOrder]:
    parts = urlsplit(url.strip())
    order = parse_qs(parts.query).get("dates", [""])[0]
    if parts.scheme != FILES or parts.netloc or not parts.path.strip("/") or order not in ("", "mdy", "dmy"):
        raise WrongSettingsError(f"The address of SONIS is not that of a folder of files: a good one is {GOOD}.")
    folder = Path(f"/{unquote(parts.path).strip('/')}").resolve()
    if not folder.is_dir():
        raise StopRunError(f"SONIS does not answer: there is no folder {folder}.")
    return folder, "mdy" if order == "mdy" else "dmy" if order == "dmy" else ""
