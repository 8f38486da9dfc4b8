"""Gets Django, the log and the bridge's database ready before a command runs."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime
from pathlib import Path


def get_ready(*, verbose: bool) -> None:
    """Read the settings, set the log up, and bring the embedded database to its newest form.

    Raises WrongSettingsError for a setting that cannot be, StopRunError when the database cannot be used.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sonisbridge.settings")
    import django
    from django.conf import settings

    django.setup()
    _log(verbose)
    Path(settings.HOME).mkdir(parents=True, exist_ok=True)
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        migrate()
    else:
        _refuse_old_database()


def migrate() -> bool:
    """Bring the bridge's database to its newest form. True when something was to be done."""
    from django.core.management import call_command
    from django.db import DatabaseError

    from sonisbridge.core.errors import StopRunError

    try:
        waiting = _waiting()
        if waiting:
            call_command("migrate", verbosity=0, interactive=False)
    except DatabaseError as error:
        raise StopRunError(
            "The bridge's own database cannot be used: check SONISBRIDGE_DATABASE_URL, or that SONISBRIDGE_HOME can be written."
        ) from error
    return waiting


def _refuse_old_database() -> None:
    from django.db import DatabaseError

    from sonisbridge.core.errors import StopRunError

    try:
        waiting = _waiting()
    except DatabaseError as error:
        raise StopRunError(
            "The bridge's own database does not answer: check SONISBRIDGE_DATABASE_URL and that the server runs."
        ) from error
    if waiting and "migrate" not in sys.argv:
        raise StopRunError("The bridge's own database is not set up for this version: run `sonisbridge migrate`.")


def _waiting() -> bool:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message. Nothing of ours puts a person or a secret into a message."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line)


def _log(verbose: bool) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("sonisbridge")
    logger.handlers = [handler]
    logger.setLevel(logging.INFO if verbose else logging.ERROR)
    logger.propagate = False
