"""The settings of the bridge, read once from the environment or a `.env` file (rule 16; docs/operators.md lists them).

Django reads this module. A wrong value stops the program with its name, what is wrong and a good value.
"""

from __future__ import annotations

import base64
import math
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ

from sonisbridge.core.errors import WrongSettingsError

A_DATABASE = "postgresql://user:password@host:5432/sonisbridge"


def _read_env_file() -> None:
    """Take what `.env` in the working directory says over; the environment wins."""
    file = Path(".env")
    if not file.is_file():
        return
    try:
        environ.Env.read_env(file, overwrite=False)
    except (OSError, UnicodeError) as error:
        raise WrongSettingsError(
            f"The file {str(file.absolute())!r} cannot be read as UTF-8 text: save it as UTF-8 with lines such as "
            "SONISBRIDGE_HOME=/var/lib/sonisbridge."
        ) from error


def _number(name: str, default: float) -> float:
    text = os.environ.get(name, "")
    try:
        value = float(text) if text.strip() else default
    except ValueError:
        value = 0
    if not (value > 0 and math.isfinite(value)):
        raise WrongSettingsError(f"{name} is {text!r}: give a number above 0, for example {default:g}.")
    return value


def _yes(name: str) -> bool:
    text = os.environ.get(name, "").strip().lower()
    if text not in {"", "0", "1", "no", "yes", "off", "on", "false", "true"}:
        raise WrongSettingsError(f"{name} is {text!r}: give 1 or 0.")
    return text in {"1", "yes", "on", "true"}


def _keys(name: str) -> list[str]:
    """Fernet keys; their text is never shown, they are secrets."""
    keys = [key.strip() for key in os.environ.get(name, "").split(",") if key.strip()]
    for place, key in enumerate(keys, start=1):
        try:
            good = len(base64.urlsafe_b64decode(key.encode("ascii"))) == 32
        except ValueError:
            good = False
        if not good:
            raise WrongSettingsError(
                f"{name}: key {place} is not 32 bytes in URL-safe base64 (44 characters that end in =). A good one is "
                "what stands in an encryption.key file that sonisbridge made; several are parted by commas."
            )
    return keys


def _home(name: str) -> Path:
    text = os.environ.get(name, "").strip() or "var"
    if not text.isprintable():
        raise WrongSettingsError(f"{name} is no path: give a folder, for example /var/lib/sonisbridge.")
    return Path(text).expanduser().absolute()


def _database(name: str, home: Path) -> dict[str, Any]:
    """Where the bridge keeps its own state. Messages name the scheme at most: the rest may hold a password."""
    url = os.environ.get(name, "").strip()
    if not url:
        return _sqlite(home / "sonisbridge.sqlite3")
    try:
        parts = urlsplit(url)
        _ = parts.port
        found = dict(environ.Env.db_url_config(url)) if parts.scheme in {"postgres", "postgresql"} else {}
    except ValueError as error:
        raise WrongSettingsError(f"{name} is not a database address: give one such as {A_DATABASE}.") from error
    if parts.scheme == "sqlite" and parts.path.strip("/"):
        return _sqlite(Path(parts.path.removeprefix("/")).absolute())
    if found and found.get("NAME"):
        found["OPTIONS"] = {**_POSTGRESQL, **found.get("OPTIONS", {})}
        return found
    if parts.scheme in {"sqlite", "postgres", "postgresql"}:
        raise WrongSettingsError(f"{name} names no database: end it with /NAME, for example {A_DATABASE}.")
    kind = f"starts with {parts.scheme!r}" if parts.scheme else "is not a database address"
    raise WrongSettingsError(
        f"{name} {kind}: the bridge keeps its state in SQLite or PostgreSQL, for example {A_DATABASE}."
    )


_POSTGRESQL = {"connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
"""A server, or a network, that went away is noticed within half a minute."""


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        },
    }


_read_env_file()

HOME = _home("SONISBRIDGE_HOME")
TIME_SCALE = _number("SONISBRIDGE_TIME_SCALE", 1)
LEASE_SECONDS = _number("SONISBRIDGE_LEASE_SECONDS", 30)
KEEP_DAYS = _number("SONISBRIDGE_KEEP_DAYS", 90)
RUNS_AT_ONCE = max(int(_number("SONISBRIDGE_RUNS_AT_ONCE", 4)), 1)
ALLOW_LOOPBACK_ENDPOINT = _yes("SONISBRIDGE_ALLOW_LOOPBACK_ENDPOINT")
ENCRYPTION_KEYS = _keys("SONISBRIDGE_ENCRYPTION_KEYS")

DATABASES = {"default": _database("SONISBRIDGE_DATABASE_URL", HOME)}
POSTGRESQL = DATABASES["default"]["ENGINE"].endswith("postgresql")
if POSTGRESQL:
    # A worker that was paused inside a transaction must not keep a run's locks for longer than its lease.
    _paused = f"-c idle_in_transaction_session_timeout={int(LEASE_SECONDS * 500)}"
    DATABASES["default"]["OPTIONS"].setdefault("options", _paused)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "sonisbridge.store",
    *(["procrastinate.contrib.django"] if POSTGRESQL else []),
]
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = None
SECRET_KEY = os.environ.get("SONISBRIDGE_SECRET_KEY", "") or "no page is served with this key"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
