"""Makes the sample school: python -m sonisbridge.sandbox.sample_school URL --people N."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sonisbridge.sandbox.sample_contacts import Contacts, world
from sonisbridge.sandbox.sample_families import plant_families
from sonisbridge.sandbox.sample_people import People
from sonisbridge.sandbox.sample_rows import all_rows

_SCHEMA = Path(__file__).with_name("sample_schema.sql")
_DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
    "mssql": "mssql+mssqlpython",
    "sqlserver": "mssql+mssqlpython",
}
_AT_ONCE = 5000


class CannotMake(Exception):
    """The school cannot be made; the message is one plain line."""


def open_database(url: str) -> sa.Engine:
    """The database of that address. Raises CannotMake for an address that is none."""
    try:
        parsed = sa.make_url(url)
        return sa.create_engine(parsed.set(drivername=_DRIVERS.get(parsed.drivername, parsed.drivername)))
    except (sa.exc.ArgumentError, ImportError, ValueError) as error:
        raise CannotMake("the URL must be like sqlite:////path/school.sqlite3 or postgresql://host/name") from error


def statements() -> list[str]:
    """The statements that make the tables."""
    lines = [line for line in _SCHEMA.read_text().splitlines() if not line.lstrip().startswith("--")]
    return [part.strip() for part in "\n".join(lines).split(";") if part.strip()]


def make_tables(connection: sa.Connection) -> None:
    """Make the tables. Raises CannotMake where a school stands already."""
    if sa.inspect(connection).has_table("name"):
        raise CannotMake("there is a school in this database already; give an empty one")
    for statement in statements():
        connection.exec_driver_sql(statement)


def fill(connection: sa.Connection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Put the rows into the table, in its columns' order."""
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    for start in range(0, len(rows), _AT_ONCE):
        chunk = list(rows[start : start + _AT_ONCE])
        marks = ", ".join([mark] * len(chunk[0]))
        connection.exec_driver_sql(f"INSERT INTO {table} VALUES ({marks})", chunk)  # noqa: S608


def make_school(options: argparse.Namespace) -> dict[str, Any]:
    """Make the school and, where asked for, the account's contacts; says what was made."""
    maker = People(options.seed)
    people = maker.make(options.people)
    families = plant_families(people, maker.dice)
    contacts = Contacts(people, families, maker)
    made = contacts.make(options.contacts)
    engine = open_database(options.url)
    counts = {}
    try:
        with engine.begin() as connection:
            make_tables(connection)
            for table, rows in all_rows(maker, people, options.seed):
                fill(connection, table, rows)
                counts[table] = len(rows)
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql("ANALYZE")
    except sa.exc.DBAPIError as error:
        raise CannotMake(f"the database refused: {type(error.orig).__name__}") from error
    finally:
        engine.dispose()
    planted = contacts.planted()
    if options.world:
        _write(options.world, world(made))
    if options.planted:
        _write(options.planted, {"conflicts": planted.conflicts, "import_conflicts": planted.import_conflicts})
    return {
        "people": len(people),
        "exported": sum(person.exported for person in people),
        "addresses": counts["address"],
        "programs": counts["approg"],
        "web_prospects": counts["webps"],
        "contacts": len(made),
        "planted_conflicts": len(planted.conflicts),
    }


def _write(path: Path, document: object) -> None:
    try:
        path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise CannotMake(f"{path} cannot be written: {error.strerror}") from error


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="sonisbridge sample-sonis", description="Make the sample school in an empty database."
    )
    parser.add_argument("url", metavar="URL", help="sqlite:///FILE, postgresql://... or mariadb://...")
    parser.add_argument("--people", type=_count, required=True, metavar="N", help="how many people")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="the same seed makes the same school")
    parser.add_argument("--world", type=Path, metavar="FILE", help="write the contacts that an account starts with")
    parser.add_argument("--contacts", type=int, default=0, metavar="M", help="how many contacts that is")
    parser.add_argument("--planted", type=Path, metavar="FILE", help="write who is expected to end in conflict")
    parser.add_argument("--json", action="store_true", help="say what was made as JSON")
    return parser.parse_args(arguments)


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the school; 0, or 2 when it cannot be made there."""
    options = _options(arguments)
    if options.contacts and not options.world:
        sys.stderr.write("sample-sonis: --contacts needs --world FILE\n")
        return 2
    try:
        made = make_school(options)
    except CannotMake as error:
        sys.stderr.write(f"sample-sonis: {error}\n")
        return 2
    if options.json:
        line = json.dumps(made)
    else:
        line = f"Made a school of {made['people']:,} people, {made['exported']:,} of them to be exported."
    sys.stdout.write(f"{line}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
