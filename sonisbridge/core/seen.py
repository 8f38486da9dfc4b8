"""Whether a person's rows are as they were: a hash stands for all of them (rule 9.2)."""

from __future__ import annotations

import hashlib

from .person import PersonRecord


def mark_of(person: PersonRecord) -> str:
    """The hash of everything that is read of a person; the order of rows in SONIS does not matter to it."""
    return hashlib.blake2b(repr(person).encode(), digest_size=16).hexdigest()
