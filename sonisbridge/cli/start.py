"""Gets Django, the log and the bridge's database ready before a command runs."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from sonisbridge.core.errors import StopRunError, WrongSettingsError
from sonisbridge.log import log_to_stderr


def setup_django() -> None:
    """Read the settings. Raises WrongSettingsError for one that cannot be."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sonisbridge.settings")
    import django

    django.setup()


def only_settings(*, verbose: bool) -> None:
    """Read the settings, set the log up and have HOME there. Raises WrongSettingsError for a setting that cannot be."""
    setup_django()
    from django.conf import settings

    log_to_stderr(logging.INFO if verbose else logging.ERROR)
    home = Path(settings.HOME)
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)  # people's data lives there
    except OSError as error:
        raise _home_refused(home, error.strerror) from error
    if not os.access(home, os.W_OK | os.X_OK):
        raise _home_refused(home, "permission denied")


def get_ready(*, verbose: bool) -> None:
    """Read the settings, set the log up, and bring the embedded database to its newest form.

    Raises WrongSettingsError for a setting that cannot be, StopRunError when the database cannot be used.
    """
    only_settings(verbose=verbose)
    from django.conf import settings

    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        migrate()
    elif _waiting():
        raise StopRunError("The bridge's own database is not set up for this version: run `sonisbridge migrate`.")


def migrate() -> bool:
    """Bring the bridge's database to its newest form. True when something was to be done.

    Raises StopRunError when the database cannot be used.
    """
    from django.core.management import call_command
    from django.db import DatabaseError

    waiting = _waiting()
    try:
        if waiting:
            call_command("migrate", verbosity=0, interactive=False)
    except DatabaseError as error:
        raise _database_refused() from error
    return waiting


def _waiting() -> bool:
    """Whether the database has to be brought to a newer form."""
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except (DatabaseError, UnicodeError) as error:
        raise _database_refused() from error


def _home_refused(home: Path, why: str | None) -> WrongSettingsError:
    return WrongSettingsError(
        f"SONISBRIDGE_HOME is {str(home)!r}, which cannot be used ({(why or 'refused').lower()}): name a folder that "
        "this user may write to, for example /var/lib/sonisbridge."
    )


def _database_refused() -> StopRunError:
    from django.conf import settings

    chosen = settings.DATABASES["default"]
    if chosen["ENGINE"].endswith("sqlite3"):
        return StopRunError(
            f"The bridge's own database {str(chosen['NAME'])!r} cannot be used: see that this user may read and write "
            "the file and that the disk is not full, or bring back a copy of it."
        )
    host = chosen.get("HOST") or "this machine"
    return StopRunError(
        f"The bridge's own database {chosen['NAME']!r} on {host} does not answer: see that the server runs and has that "
        "database, and that user and password in SONISBRIDGE_DATABASE_URL are right."
    )


def log_errors() -> None:
    """Log what goes wrong, before any setting is read."""
    log_to_stderr(logging.ERROR)
