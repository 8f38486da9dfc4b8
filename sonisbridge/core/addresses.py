"""Who may send which e-mail address, when several people have one (rule 5.3).

ActiveCampaign keeps one contact an address.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .person import EXPORTED_STATUSES, SonisId
from .values import email_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A person's wish for an address."""

    sonis_id: SonisId
    wanted: tuple[str, ...]
    """Good addresses in the order of preference: e-mail, then e-mail 2."""
    status: str
    holds: str = ""
    """The address, in its normal form, that the person's own contact holds now."""
    has_contact: bool = False

    @property
    def order(self) -> tuple[int, int, str]:
        """Sorts the owner of a shared address first: linked people, by status, by SONIS ID.

        A link made with e-mail 2 counts for nothing, else the run after would take the first
        address from whoever won it.
        """
        second_best = any(self.holds == email_key(email) for email in self.wanted[1:])
        linked = self.has_contact and not second_best
        return (0 if linked else 1, _RANK.get(self.status, len(_RANK)), self.sonis_id)

    def order_for(self, choice: int) -> tuple[bool, int, int, int, str]:
        """The order for one of the wanted addresses.

        Whoever's contact holds it comes before all others, then those who want it first.
        """
        return (self.holds != email_key(self.wanted[choice]), choice, *self.order)


_RANK = {status: rank for rank, status in enumerate(EXPORTED_STATUSES)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Allotted:
    """Who sends which address."""

    addresses: Mapping[SonisId, str]
    """A person who is not in it has no address of their own."""
    owners: Mapping[str, SonisId]
    """An address in its normal form to the person who sends it."""


def allot(claims: Iterable[Claim]) -> Allotted:
    """Give every address to one person, whatever the order of the claims.

    Each asks for the address they want first, and for the next when somebody with a better claim
    asks for the same. Nobody loses an address to somebody's e-mail 2, unless it is the address
    that the other's contact holds.
    """
    given: dict[str, tuple[Claim, int]] = {}
    asking = [(claim, 0) for claim in claims if claim.wanted]
    while asking:
        claim, choice = asking.pop()
        key = email_key(claim.wanted[choice])
        rival = given.get(key)
        if rival is None:
            given[key] = (claim, choice)
            continue
        if claim.order_for(choice) < rival[0].order_for(rival[1]):
            given[key] = (claim, choice)
            claim, choice = rival
        if choice + 1 < len(claim.wanted):
            asking.append((claim, choice + 1))
    return Allotted(
        addresses={claim.sonis_id: claim.wanted[choice] for claim, choice in given.values()},
        owners={key: claim.sonis_id for key, (claim, _choice) in given.items()},
    )
