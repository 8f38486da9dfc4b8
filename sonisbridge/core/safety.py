"""Reasons to hold a plan until a user says so (rule 6.8)."""

from __future__ import annotations

from dataclasses import dataclass

from .policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSize:
    """What a plan would do, in numbers, beside what there is."""

    creates: int
    updates: int
    linked: int
    """Contacts already linked to a person."""
    contacts: int
    """Contacts that the account holds."""
    wrote_before: bool
    """Whether an export has ever written to this account."""


def reasons_to_hold(size: PlanSize, policy: Policy) -> tuple[str, ...]:
    """One plain sentence for each limit that the plan is over; () when it may be applied at once."""
    if not size.creates and not size.updates:
        return ()
    reasons = []
    if not size.wrote_before:
        reasons.append("It is the first export that writes to this account.")
    share, percent = size.updates * 100, policy.hold_changed_percent
    if size.updates > policy.hold_changed_count and share > percent * size.linked:
        reasons.append(
            f"It would change {_contacts(size.updates)}, more than {percent} % of the {size.linked:,} that are linked."
        )
    if policy.contact_limit is not None:
        room = max(policy.contact_limit - size.contacts, 0)
        if size.creates > room:
            reasons.append(
                f"It would create {_contacts(size.creates)}; the account's limit of "
                f"{policy.contact_limit:,} leaves room for {room:,}."
            )
    return tuple(reasons)


def _contacts(count: int) -> str:
    return f"{count:,} contact{'' if count == 1 else 's'}"
