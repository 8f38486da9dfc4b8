"""Who may do what: four roles, and the rights that each of them has (rule 12)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a user is to an institution."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Right(StrEnum):
    """What a page or a call asks for."""

    SEE = "see"
    """Look at runs, people, contacts and what waits."""
    RUN = "run"
    """Start, send and cancel runs; run a schedule now."""
    DECIDE = "decide"
    """Decide about conflicts, and make people of web prospects."""
    CONFIGURE = "configure"
    """Connect, map, schedule, say who is notified."""
    USERS = "users"
    """Make users and give them roles."""
    AUDIT = "audit"
    """Read who changed what."""


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.SEE}),
    Role.OPERATOR: frozenset({Right.SEE, Right.RUN, Right.DECIDE}),
    Role.ADMINISTRATOR: frozenset(Right),
    Role.AUDITOR: frozenset({Right.SEE, Right.AUDIT}),
}

MEANINGS: Mapping[Role, str] = {
    Role.VIEWER: "looks at runs, people and contacts",
    Role.OPERATOR: "also imports and exports, decides what waits, converts web prospects",
    Role.ADMINISTRATOR: "also connects, maps, schedules, and gives roles to users",
    Role.AUDITOR: "looks at everything, and at who changed what; changes nothing",
}
"""Each role in words for the page where roles are given."""


def rights_of(roles: frozenset[Role]) -> frozenset[Right]:
    """Everything that somebody with these roles may do."""
    return frozenset().union(*(RIGHTS[role] for role in roles))
