"""The settings of the bridge, read once from the environment or a `.env` file (rule 16; docs/operators.md lists them).

Django reads this module. A wrong value stops the program with its name, what is wrong and a good value.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ

from sonisbridge.core.errors import WrongSettingsError

env = environ.Env()
if Path(".env").is_file():
    env.read_env(".env", overwrite=False)


def _number(name: str, default: float) -> float:
    text = os.environ.get(name, "")
    try:
        value = float(text) if text else default
    except ValueError:
        value = 0
    if value <= 0:
        raise WrongSettingsError(f"{name} is {text!r}: give a number above 0, for example {default:g}.")
    return value


def _yes(name: str) -> bool:
    text = os.environ.get(name, "").strip().lower()
    if text not in {"", "0", "1", "no", "yes", "off", "on", "false", "true"}:
        raise WrongSettingsError(f"{name} is {text!r}: give 1 or 0.")
    return text in {"1", "yes", "on", "true"}


def _database(url: str, home: Path) -> dict[str, Any]:
    if not url:
        return _sqlite(home / "sonisbridge.sqlite3")
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        return _sqlite(Path(urlsplit(url).path.removeprefix("/")))
    if scheme not in {"postgres", "postgresql"}:
        raise WrongSettingsError(
            f"SONISBRIDGE_DATABASE_URL starts with {scheme!r}: the bridge keeps its state in SQLite or PostgreSQL, "
            "for example postgresql://user:password@host:5432/sonisbridge."
        )
    return dict(environ.Env.db_url_config(url))


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


HOME = Path(os.environ.get("SONISBRIDGE_HOME") or "var").absolute()
TIME_SCALE = _number("SONISBRIDGE_TIME_SCALE", 1)
LEASE_SECONDS = _number("SONISBRIDGE_LEASE_SECONDS", 30)
ALLOW_LOOPBACK_ENDPOINT = _yes("SONISBRIDGE_ALLOW_LOOPBACK_ENDPOINT")
ENCRYPTION_KEYS = [key.strip() for key in os.environ.get("SONISBRIDGE_ENCRYPTION_KEYS", "").split(",") if key.strip()]

DATABASES = {"default": _database(os.environ.get("SONISBRIDGE_DATABASE_URL", ""), HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["sonisbridge.store"]
SECRET_KEY = os.environ.get("SONISBRIDGE_SECRET_KEY", "") or "no page is served with this key"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
