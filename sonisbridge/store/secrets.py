"""Secrets at rest: sealed with the institution's and the setting's name inside, so that none can be moved (rule 12)."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from sonisbridge.core.errors import WrongSettingsError


def seal(institution: str, name: str, value: str) -> str:
    """The value as it is stored."""
    payload = json.dumps([institution, name, value]).encode()
    _make_key()
    return _box().encrypt(payload).decode("ascii")


def unseal(institution: str, name: str, sealed: str) -> str:
    """The value that was sealed under that institution and name. Raises WrongSettingsError when no key opens it."""
    try:
        owner, setting, value = json.loads(_box().decrypt(sealed.encode("ascii")))
    except (InvalidToken, ValueError) as error:
        raise WrongSettingsError(
            f"The stored {name} of {institution} cannot be opened: the encryption key is not the one it was stored with. "
            f"Bring back {_where_keys_are()}, or set it again with `sonisbridge institution set`."
        ) from error
    if (owner, setting) != (institution, name):
        raise WrongSettingsError(
            f"The stored {name} of {institution} belongs to another setting: set it again with "
            "`sonisbridge institution set`."
        )
    return str(value)


def key_file() -> Path:
    """Where the embedded key lives when SONISBRIDGE_ENCRYPTION_KEYS is not set."""
    return Path(settings.HOME) / "encryption.key"


def _where_keys_are() -> str:
    return "SONISBRIDGE_ENCRYPTION_KEYS" if settings.ENCRYPTION_KEYS else f"the file {key_file()}"


def _box() -> MultiFernet:
    keys = list(settings.ENCRYPTION_KEYS) or [_embedded_key()]
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise WrongSettingsError(
            f"What is in {_where_keys_are()} is no encryption key (32 bytes in URL-safe base64): bring the right one back."
        ) from error


def _embedded_key() -> str:
    path = key_file()
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError as error:
        raise WrongSettingsError(
            f"The encryption key is gone: bring back the file {path}, or set the connections again with "
            "`sonisbridge institution set`."
        ) from error
    except (OSError, UnicodeError) as error:
        raise WrongSettingsError(
            f"The encryption key in the file {path} cannot be read: see that this user may read it, or bring it back."
        ) from error


def _make_key() -> None:
    if not settings.ENCRYPTION_KEYS:
        make_key_file(key_file())


def make_key_file(path: Path) -> None:
    """A key in that file where there is none. Two processes that start at once end up with the same one."""
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent)  # readable by its owner alone
        with os.fdopen(handle, "wb") as file:
            file.write(Fernet.generate_key())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        Path(draft).unlink()
    except OSError as error:
        raise WrongSettingsError(
            f"The key {path.name} cannot be kept in {path.parent}: see that this user may write to that folder."
        ) from error
