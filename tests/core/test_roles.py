"""Who may do what (rule 12)."""

from __future__ import annotations

from sonisbridge.core.roles import MEANINGS, RIGHTS, Right, Role, rights_of


def test_each_role_has_its_rights_and_its_words():
    assert set(RIGHTS) == set(MEANINGS) == set(Role)
    assert RIGHTS[Role.VIEWER] == {Right.SEE}
    assert RIGHTS[Role.OPERATOR] == {Right.SEE, Right.RUN, Right.DECIDE}
    assert RIGHTS[Role.AUDITOR] == {Right.SEE, Right.AUDIT}
    assert RIGHTS[Role.ADMINISTRATOR] == set(Right)


def test_several_roles_add_up_and_none_gives_nothing():
    assert rights_of(frozenset({Role.OPERATOR, Role.AUDITOR})) == {Right.SEE, Right.RUN, Right.DECIDE, Right.AUDIT}
    assert rights_of(frozenset()) == frozenset()
