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
    return _box().encrypt(payload).decode("ascii")


def unseal(institution: str, name: str, sealed: str) -> str:
    """The value that was sealed under that institution and name. Raises WrongSettingsError when no key opens it."""
    try:
        owner, setting, value = json.loads(_box().decrypt(sealed.encode("ascii")))
    except (InvalidToken, ValueError) as error:
        raise WrongSettingsError(
            f"The stored {name} of {institution} cannot be opened: the encryption key is not the one it was stored with. "
            f"Bring back {key_file()} or SONISBRIDGE_ENCRYPTION_KEYS, or set the {name} again."
        ) from error
    if (owner, setting) != (institution, name):
        raise WrongSettingsError(f"The stored {name} of {institution} belongs to another setting: set it again.")
    return str(value)


def key_file() -> Path:
    """Where the embedded key lives when SONISBRIDGE_ENCRYPTION_KEYS is not set."""
    return Path(settings.HOME) / "encryption.key"


def _box() -> MultiFernet:
    keys = list(settings.ENCRYPTION_KEYS) or [_embedded_key()]
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise WrongSettingsError(
            "SONISBRIDGE_ENCRYPTION_KEYS must hold Fernet keys (32 bytes, URL-safe base64), parted by commas."
        ) from error


def _embedded_key() -> str:
    """The key in HOME, made when there is none. Two processes that start at once end up with the same one."""
    path = key_file()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent)  # readable by its owner alone
        with os.fdopen(handle, "wb") as file:
            file.write(Fernet.generate_key())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        Path(draft).unlink()
    return path.read_text(encoding="ascii").strip()
