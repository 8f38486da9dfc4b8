"""Web prospects: those that wait, and their conversion where SONIS lets sonisbridge do it (rule 7.5)."""

from __future__ import annotations

from sonisbridge.core.contact import ContactId
from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.core.prospect import WaitingProspect
from sonisbridge.store import institutions
from sonisbridge.store.audit import record
from sonisbridge.store.ledger import Ledger
from sonisbridge.store.models import Institution

from .sides import open_sonis


def waiting(institution: Institution) -> list[WaitingProspect]:
    """The web prospects that nobody converted yet, in row-id order."""
    sonis = open_sonis(institutions.connections(institution))
    try:
        found = [prospect for prospect in sonis.waiting_prospects() if not prospect.sonis_id]
    finally:
        sonis.close()
    return sorted(found, key=lambda prospect: prospect.row_id)


def convert(institution: Institution, row_ids: list[str] | None, *, by: str) -> list[tuple[WaitingProspect, str]]:
    """Make people of these web prospects, or of all that wait: each with the SONIS ID that they have now.

    One transaction a person; somebody who was converted before keeps their SONIS ID.
    """
    sonis = open_sonis(institutions.connections(institution))
    policy = institutions.policy_of(institution)
    try:
        known = {prospect.row_id: prospect for prospect in sonis.waiting_prospects()}
        wanted = row_ids if row_ids is not None else [key for key, item in known.items() if not item.sonis_id]
        unknown = [row_id for row_id in wanted if row_id not in known]
        if unknown:
            raise WrongSettingsError(
                f"There is no web prospect {', '.join(unknown)}: `sonisbridge prospects list` shows those that wait."
            )
        ledger = Ledger(institution)
        converted: list[tuple[WaitingProspect, str]] = []
        for row_id in wanted:
            prospect = known[row_id]
            code = policy.inquiry_type_code if prospect.contact_id else ""
            sonis_id = sonis.convert(row_id, inquiry_type=code)
            if prospect.contact_id:
                ledger.written(ContactId(prospect.contact_id), sonis_id=sonis_id)
            converted.append((prospect, sonis_id))
        record(
            institution,
            by,
            "web prospects converted",
            after=[sonis_id for _prospect, sonis_id in converted],
        )
    finally:
        sonis.close()
    return converted
