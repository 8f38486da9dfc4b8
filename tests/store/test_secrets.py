"""Secrets at rest cannot be read, moved or opened with another key (rule 12)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pytest_django import Settings

from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.store.secrets import key_file, seal, unseal


@pytest.fixture(autouse=True)
def _own_home(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.HOME = tmp_path
    settings.ENCRYPTION_KEYS = []
    yield


def test_a_sealed_secret_opens_and_does_not_show_its_value():
    sealed = seal("Springfield", "token", "s3cret")
    assert "s3cret" not in sealed
    assert unseal("Springfield", "token", sealed) == "s3cret"


def test_the_key_is_readable_by_its_owner_alone():
    seal("Springfield", "token", "s3cret")
    assert key_file().stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("institution", "name"), [("Shelbyville", "token"), ("Springfield", "sonis_url")])
def test_a_sealed_secret_cannot_be_moved(institution: str, name: str):
    sealed = seal("Springfield", "token", "s3cret")
    with pytest.raises(WrongSettingsError, match="belongs to another setting"):
        unseal(institution, name, sealed)


def test_a_new_key_in_front_still_opens_what_the_old_one_sealed(settings: Settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [old]
    sealed = seal("Springfield", "token", "s3cret")
    settings.ENCRYPTION_KEYS = [new, old]
    assert unseal("Springfield", "token", sealed) == "s3cret"
    settings.ENCRYPTION_KEYS = [new]
    with pytest.raises(WrongSettingsError, match="Bring back SONISBRIDGE_ENCRYPTION_KEYS"):
        unseal("Springfield", "token", sealed)


def test_opening_never_makes_a_key():
    with pytest.raises(WrongSettingsError, match="The encryption key is gone"):
        unseal("Springfield", "token", "gAAAA")
    assert not key_file().exists()
