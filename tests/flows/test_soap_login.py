"""A login that SONIS refused is sent once until its address is given anew (docs/sonis.md, section 6)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sonisbridge.core.errors import CorrectLoginError
from sonisbridge.sync import setup
from tests.flows.pair import Pair
from tests.flows.school import School
from tests.sandbox.program import SandboxProgram
from tests.soap import server as look_alike
from tests.soap.server import SoapSonis


@pytest.fixture
def sonis(tmp_path: Path) -> Iterator[SoapSonis]:
    """A school behind SOAP."""
    path = tmp_path / "sonis.sqlite3"
    path.touch()
    School(f"sqlite:///{path}").close()
    made = SoapSonis(path)
    yield made
    made.close()


def test_a_changed_password_never_locks_the_account(
    sonis: SoapSonis, account: SandboxProgram, transactional_db: None, monkeypatch: pytest.MonkeyPatch
):
    school = School.__new__(School)
    school.url, school.publishers = sonis.url(), []
    pair = Pair(school, account)
    assert pair.export().counts["read"] == 0
    monkeypatch.setattr(look_alike, "PASSWORD", "changed")
    before = sonis.posts
    for _ in range(4):
        with pytest.raises(CorrectLoginError):
            pair.export()
        with pytest.raises(CorrectLoginError):
            pair.import_()
    assert sonis.posts == before + 1
    assert [item.severity for item in setup.check(pair.institution)][:1] == ["error"]
    assert sonis.posts == before + 1
    assert not sonis.disabled
    setup.change(pair.institution, "sonis_url", sonis.url(password="changed"), by="test")
    assert pair.export().counts["read"] == 0
    pair.http.close()
