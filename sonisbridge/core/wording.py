"""The sentences that say what became of a person or contact: what happened, and what to do if anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from .candidates import ImportConflict, LeaveOut
from .contact import ContactFields, FieldId
from .matching import ContactHead, MatchConflict
from .outcome import Kind, Reason
from .plan import FieldChange

_SKIPPED = {
    Reason.NO_EMAIL: "Not sent: SONIS has no e-mail address. Give the person one in SONIS.",
    Reason.BAD_EMAIL: "Not sent: the e-mail address in SONIS is not a valid one. Correct it in SONIS.",
    Reason.DISABLED: "Not sent: the name record is disabled in SONIS.",
    Reason.DECEASED: "Not sent: the person is marked as deceased in SONIS.",
    Reason.NOT_ELIGIBLE: (
        "Not sent: the person no longer holds a status that is exported; the contact is left as it is."
    ),
    Reason.EXCLUDED: "Not sent: SONIS marks the person as one who is not to be mailed, or whose privacy is held.",
    Reason.IGNORED: "Not sent: a user chose to leave this conflict alone.",
    Reason.CHANGED_SINCE_PLAN: (
        "Not sent: SONIS or ActiveCampaign changed since this was planned. The next run looks again."
    ),
    Reason.NO_ANSWER: "Not known: it was being sent when the run ended. The next run looks what became of it.",
    Reason.NOT_REACHED: "Not reached: the run ended before. The next run sends it.",
}


def skipped(reason: Reason) -> str:
    """Why a person was not sent."""
    return _SKIPPED.get(reason, f"Not sent: {reason}.")


def created(count: int) -> str:
    """A contact was made."""
    return f"Created a contact with {count} field{'' if count == 1 else 's'}."


def updated(changes: Mapping[FieldId, FieldChange], fields: ContactFields, *, linked: bool, account: str) -> str:
    """Which fields were changed, each before and after."""
    parts = [
        f"{_title(fields, field_id)}: {change.before or '(blank)'} -> {change.after or '(cleared)'}"
        for field_id, change in changes.items()
    ]
    if linked:
        parts.append(f"account: {account}")
    return f"Updated {'; '.join(parts)}."


def planned(kind: str, change: Mapping[str, Sequence[str]], fields: ContactFields) -> str:
    """What a line that waits would do, in short: the first of its fields, each before and after, and how many more."""
    if kind == Kind.CREATED:
        return f"Would create a contact with {len(change)} field{'' if len(change) == 1 else 's'}."
    if not change:
        return "Would put the contact into the account; no field changes."
    parts = [
        f"{_title(fields, FieldId(field_id))}: {before or '(blank)'} -> {after or '(cleared)'}"
        for field_id, (before, after) in list(change.items())[:_FIRST_FEW]
    ]
    more = len(change) - len(parts)
    return f"Would update {'; '.join(parts)}{f'; and {more} more' if more else ''}."


_FIRST_FEW = 3


def not_kept(changes: Mapping[FieldId, FieldChange], fields: ContactFields) -> str:
    """Which values ActiveCampaign did not keep: `after` was sent, `before` was read back."""
    parts = [
        f"{_title(fields, field_id)}: '{change.after}' was sent, '{change.before}' was read back"
        if change.after
        else f"{_title(fields, field_id)}: it was cleared, '{change.before}' was read back"
        for field_id, change in changes.items()
    ]
    return f"ActiveCampaign did not keep {'; '.join(parts)}. It is not sent again until SONIS or the contact changes."


def conflict(found: MatchConflict, name_of: Callable[[str], str]) -> str:
    """Why nothing is written, and what resolves it.

    `name_of` gives a SONIS ID's name, "" when it names nobody.
    """
    first = _SENTENCES[found.reason](found, name_of)
    if found.proposed:
        first += f" Contact {found.proposed} is probably this person: link them if so."
    return first


def _owner(found: MatchConflict, name_of: Callable[[str], str]) -> str:
    if not found.other_person:
        return f"contact {_ids(found)}, which is not known to be this person's"
    name = name_of(found.other_person)
    return f"{name} (SONIS ID {found.other_person})" if name else f"SONIS ID {found.other_person}"


def _ids(found: MatchConflict) -> str:
    return ", ".join(found.contact_ids)


_SENTENCES: Mapping[Reason, Callable[[MatchConflict, Callable[[str], str]], str]] = {
    Reason.EMAIL_IN_USE: lambda found, name_of: (
        f"Not sent: {found.email} belongs to {_owner(found, name_of)}. "
        "Give this person an address of their own in SONIS, or decide which contact is theirs."
    ),
    Reason.SHARED_EMAIL: lambda found, name_of: (
        f"Not sent: {found.email} is shared with {_owner(found, name_of)}, to whom it goes. "
        "Give this person an address of their own in SONIS."
    ),
    Reason.DUPLICATE_SONIS_ID: lambda found, _name_of: (
        f"Not sent: contacts {_ids(found)} all claim this person. Merge them in ActiveCampaign."
    ),
    Reason.OTHER_SONIS_ID: lambda found, name_of: (
        f"Not sent: contact {_ids(found)} is claimed by {_owner(found, name_of)} too, by its SONIS_ID "
        "or an earlier link. Correct its SONIS_ID in ActiveCampaign, or decide whose contact it is."
    ),
    Reason.SEVERAL_MATCHES: lambda found, _name_of: (
        f"Not sent: contacts {_ids(found)} have this person's name and an address of theirs. Say which one is theirs."
    ),
    Reason.UNKNOWN_SONIS_ID: lambda found, _name_of: (
        f"Not sent: contact {_ids(found)} carries a SONIS ID that names nobody in SONIS (merged or "
        "deleted there?). Link it to this person, or clear its SONIS_ID in ActiveCampaign."
    ),
    Reason.DIFFERENT_VALUE: lambda found, _name_of: (
        f"Not sent: contact {_ids(found)} holds another value in a field that is written once only. "
        "Correct it on one of the two sides."
    ),
}


def _title(fields: ContactFields, field_id: FieldId) -> str:
    found = fields.get(field_id)
    return found.title if found else f"field {field_id}"


_LEFT_OUT = {
    Reason.UNSUBSCRIBED: "Not imported: unsubscribed.",
    Reason.BOUNCED: "Not imported: e-mail to the address bounces.",
    Reason.DELETED: "Not imported: the contact was deleted.",
}


def left_out(found: LeaveOut) -> str:
    """Why a contact is not imported."""
    if found.reason is Reason.ALREADY_IN_SONIS:
        return f"Already in SONIS as {found.sonis_id}; the next export links it where the person is exported."
    if found.reason is Reason.ALREADY_WAITING:
        return already_waiting(found.detail)
    if found.reason is Reason.MISSING_REQUIRED:
        return f"Not imported: SONIS requires {found.detail}. Complete the contact in ActiveCampaign."
    return _LEFT_OUT.get(found.reason, f"Not imported: {found.reason}.")


def ignored_contact() -> str:
    """A user settled the contact's conflict by leaving it alone."""
    return "Not imported: a user chose to leave this conflict alone."


def deleted_contact() -> str:
    """The contact went away before it could be imported."""
    return _LEFT_OUT[Reason.DELETED]


def already_waiting(row_id: str) -> str:
    """The contact was imported before."""
    return f"Not imported again: it is web prospect {row_id}."


def import_conflict(found: ImportConflict) -> str:
    """Why a user has to decide about a contact."""
    people = ", ".join(found.sonis_ids)
    if found.reason is Reason.POSSIBLE_DUPLICATE:
        return f"Not imported: possible duplicate of {people}. Decide whether it is the same person."
    return f"Not imported: name and address fit several people in SONIS ({people}). Merge them in SONIS."


def possible_duplicates(sonis_ids: tuple[str, ...]) -> str:
    """The flag on an import that resembles somebody (rule 7.6)."""
    return f"Possible duplicate of {', '.join(sonis_ids)}." if sonis_ids else ""


def imported(row_id: str, sonis_id: str, who: str, left_over: tuple[str, ...]) -> str:
    """A web prospect or a person was made; what did not fit is named (rule 7.3)."""
    made = f"person {sonis_id}" if sonis_id else f"web prospect {row_id}"
    made = f"Created {made} ({who})."
    if left_over:
        made += f" Cut or left blank because it does not fit: {', '.join(left_over)}."
    return made


def orphan(head: ContactHead) -> str:
    """A contact names somebody who is not in SONIS (rule 5.4)."""
    return orphan_id(head.contact_id, head.sonis_id)


def orphan_id(contact_id: str, sonis_id: str) -> str:
    """The same of a contact and the SONIS ID that it carries."""
    return (
        f"Contact {contact_id} carries the SONIS ID {sonis_id}, which names nobody in SONIS (merged or deleted "
        "there?). Link it to the person it belongs to, or clear its SONIS_ID in ActiveCampaign."
    )


def lasting(seconds: float) -> str:
    """So many seconds as "45 s", "3 min 20 s" or "1 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s" if whole or not seconds else "under 1 s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")
    return f"{whole // 3600} h" + (f" {whole % 3600 // 60} min" if whole % 3600 // 60 else "")
