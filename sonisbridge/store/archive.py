"""The bridge's whole state as one file that either database can be made from again; secrets stay sealed in it.

The file is gzip over lines of JSON: what it is, then for each table its columns and its rows, then how many rows there
were. People's data is in it.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import connection, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models.sql import InsertQuery
from django.utils import timezone
from django.utils.duration import duration_string

from sonisbridge import __version__
from sonisbridge.core.errors import WrongSettingsError

from . import notices, webhooks
from .institutions import RESTORED
from .models import Chore, Institution, Lock, PaceRow, Run, Tally, WorkerSeen
from .runs import QUEUED, RUNNING, interrupt

FORMAT = 1
_OF_THE_MOMENT = (Lock, PaceRow, WorkerSeen, Chore, Tally, Session)
_MADE_BY_SET_UP = (ContentType, Permission)
_OF_THE_ENGINE = ("procrastinate",)
_ROWS = 500

Table = type[models.Model]


def tables() -> list[Table]:
    """What is kept, tables before those that point at them."""
    known = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
        and model._meta.app_label not in _OF_THE_ENGINE
        and model not in (*_OF_THE_MOMENT, *_MADE_BY_SET_UP)
        and not _points_at(model) & set(_MADE_BY_SET_UP)
    ]  # fmt: skip
    ordered: list[Table] = []
    while known:
        free = [model for model in known if not (_points_at(model) - {model}) & set(known)]
        ordered += free or known
        known = [model for model in known if model not in ordered]
    return ordered


def write(path: Path) -> int:
    """Write the state, as it is at one moment, and say how many rows it has. Work goes on meanwhile."""
    rows = 0
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=6) as file, _one_moment():
        _line(file, {"sonisbridge": __version__, "format": FORMAT, "form": _form()})
        for table in tables():
            columns = [field.attname for field in table._meta.concrete_fields]
            _line(file, {"table": table._meta.label, "columns": columns})
            for row in table._base_manager.order_by("pk").values_list(*columns).iterator(_ROWS * 4):
                _line(file, [_plain(value) for value in row])
                rows += 1
        _line(file, {"rows": rows})
    return rows


def read(path: Path) -> int:
    """Make the state from the file, in place of what is there, and say how many rows it has.

    All or nothing. Raises WrongSettingsError for a file that is damaged, or was written by another version.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file, transaction.atomic():
            return _read(_Lines(file))
    except (OSError, EOFError, UnicodeError, ValueError, LookupError, TypeError) as error:
        raise WrongSettingsError(
            f"The file {str(path)!r} is no whole backup ({type(error).__name__}): take another one. Nothing was changed."
        ) from error


def is_empty() -> bool:
    """Whether nobody has connected an institution or signed up yet."""
    return not (Institution.objects.exists() or get_user_model()._base_manager.exists())


def _read(lines: _Lines) -> int:
    _check_form(lines.next())
    gone: list[Table] = [*reversed(tables()), *_OF_THE_MOMENT]
    for table in gone:
        table._base_manager.all()._raw_delete(using="default")
    by_label = {table._meta.label: table for table in tables()}
    rows, line = 0, lines.next()
    while "rows" not in line:
        table = by_label[line["table"]]
        fields = {field.attname: field for field in table._meta.concrete_fields}
        chosen = [fields[name] for name in line["columns"]]
        for part in lines.rows():
            _insert(table, chosen, part)
            rows += len(part)
        line = lines.next()
    if line["rows"] != rows:
        raise ValueError("rows are missing")
    _renew_numbering(by_label.values())
    _tame()
    return rows


def _tame() -> None:
    """What was made from a backup starts nothing by itself, and writes nothing before somebody says so (rule 12)."""
    Institution.objects.update(pair_confirmed=RESTORED)
    webhooks.forget_all()
    for row in Institution.objects.all():
        if row.policy.pop("watch_minutes", None):
            row.save(update_fields=["policy"])
    for run_id in Run.objects.filter(status__in=[QUEUED, RUNNING]).values_list("pk", flat=True):
        interrupt(run_id)
    notices.leave_to_the_original(timezone.now())


class _Lines:
    """The lines of a backup: objects say what follows, lists are rows."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._ahead: Any = None

    def next(self) -> dict[str, Any]:
        """The next object."""
        line = self._ahead if self._ahead is not None else self._parsed()
        self._ahead = None
        if not isinstance(line, dict):
            raise TypeError("no object where one is due")
        return line

    def rows(self) -> Iterator[list[list[Any]]]:
        """The rows up to the next object, by hundreds."""
        part: list[list[Any]] = []
        while isinstance(line := self._parsed(), list):
            part.append(line)
            if len(part) == _ROWS:
                yield part
                part = []
        self._ahead = line
        if part:
            yield part

    def _parsed(self) -> Any:
        text = self._file.readline()
        if not text:
            raise EOFError("the file ends too early")
        return json.loads(text)


def _check_form(head: dict[str, Any]) -> None:
    if head.get("format") != FORMAT or head.get("form") != _form():
        written_by = head.get("sonisbridge", "another program")
        raise WrongSettingsError(
            f"The backup was written by version {written_by}, whose database has another form than that of this one, "
            f"{__version__}: restore it with version {written_by}, then upgrade."
        )


def _form() -> dict[str, list[str]]:
    """The newest migrations of every part that is kept: what the columns depend on."""
    kept = {table._meta.app_label for table in tables()}
    leaves = MigrationLoader(None, ignore_no_migrations=True).graph.leaf_nodes()
    form: dict[str, list[str]] = {}
    for label, name in sorted(leaves):
        if label in kept:
            form.setdefault(label, []).append(name)
    return form


def _insert(table: Table, fields: list[models.Field[Any, Any]], rows: list[list[Any]]) -> None:
    """Store rows as they are: no time of ours, no number of ours."""
    made = []
    for row in rows:
        values = {field.attname: field.to_python(value) for field, value in zip(fields, row, strict=True)}
        made.append(table(**values))
    most = max(connection.ops.bulk_batch_size(fields, made), 1)
    for start in range(0, len(made), most):
        query = InsertQuery(table)
        query.insert_values(fields, made[start : start + most], raw=True)
        query.get_compiler(using="default").execute_sql()


def _renew_numbering(kept: Iterable[Table]) -> None:
    """Let new rows be numbered after the ones that were stored with their numbers."""
    from django.core.management.color import no_style

    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(kept)):
            cursor.execute(statement)


@contextmanager
def _one_moment() -> Iterator[None]:
    """Everything read inside is of one moment; nobody who writes has to wait."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")  # Django's own transactions would keep writers waiting
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def _points_at(model: Table) -> set[Any]:
    return {field.related_model for field in model._meta.concrete_fields if field.related_model is not None}


def _line(file: IO[str], document: Any) -> None:
    file.write(json.dumps(document, separators=(",", ":"), ensure_ascii=False) + "\n")


_PLAIN: tuple[tuple[type[Any] | tuple[type[Any], ...], Callable[[Any], Any]], ...] = (
    ((datetime, date, time), lambda value: value.isoformat()),
    ((Decimal, UUID), str),
    (timedelta, duration_string),
    ((bytes, memoryview), lambda value: base64.b64encode(bytes(value)).decode("ascii")),
)


def _plain(value: Any) -> Any:
    """The value as JSON can hold it, in the form that its column takes back."""
    for kinds, write_down in _PLAIN:
        if isinstance(value, kinds):
            return write_down(value)
    return value
