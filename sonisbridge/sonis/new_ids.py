"""Keys for new rows of SONIS: ids that client code has to supply (docs/sonis.md, section 1)."""

from __future__ import annotations

import secrets
import unicodedata
from datetime import date

from sonisbridge.core.person import SonisId


def new_sonis_id(last_name: str) -> SonisId:
    """Two letters of the last name and seven digits, such as OB4711081; "XX" where the name has no letters A to Z."""
    plain = unicodedata.normalize("NFKD", last_name).upper()
    letters = "".join(letter for letter in plain if "A" <= letter <= "Z")[:2]
    return SonisId(f"{letters.ljust(2, 'X')}{secrets.randbelow(10_000_000):07d}")


def new_row_id(today: date) -> str:
    """Eighteen digits that begin with the day."""
    return f"{today:%Y%m%d}{secrets.randbelow(10**10):010d}"
