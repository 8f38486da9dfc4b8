"""The account in ActiveCampaign that exported contacts belong to (rule 6.3)."""

from __future__ import annotations

from sonisbridge.core.errors import SkipRecordError, StopRunError

from .sides import Sides

TO_BE_MADE = "0"
"""Stands for the account's id in a plan, while the account does not exist yet."""
TRIES = 3


def planned_account(sides: Sides) -> str | None:
    """The id of the institution's account, TO_BE_MADE when it is not there yet; nothing is made.

    None where contacts are not put into an account: no name is set, the account's plan has none, or making it was
    refused.
    """
    row, name = sides.institution, sides.policy.account_name
    if not name:
        return None
    if row.account_id and row.account_name == name:
        return row.account_id
    try:
        found = sides.activecampaign.accounts_named(name)
    except (StopRunError, SkipRecordError):
        return None  # accounts are not in the account's plan; contacts still go
    if found:
        return _remember(sides, min(found, key=int))
    return None if row.account_refused == name else TO_BE_MADE


def made_account(sides: Sides) -> str | None:
    """The id of the institution's account, made when it was missing; None where there is none to be had."""
    planned = planned_account(sides)
    if planned != TO_BE_MADE:
        return planned
    name = sides.policy.account_name
    for _ in range(TRIES):
        try:
            return _remember(sides, sides.activecampaign.create_account(name))
        except SkipRecordError:
            break
        except StopRunError:
            continue  # nothing was made, and a good token is refused now and then (rule 4.3)
    sides.institution.account_refused = name
    sides.institution.save(update_fields=["account_refused"])
    return None


def _remember(sides: Sides, account_id: str) -> str:
    row = sides.institution
    row.account_id, row.account_name, row.account_refused = (
        account_id,
        sides.policy.account_name,
        "",
    )
    row.save(update_fields=["account_id", "account_name", "account_refused"])
    return account_id
