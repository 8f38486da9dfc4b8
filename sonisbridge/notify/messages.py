"""The words of a notice: the assignment's message, then what the run did (rule 10). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sonisbridge.core.notices import NoticeType, RunFacts

MOST_PEOPLE = 100
"""So many are named in a notice; the run's own page has them all."""
_OUTCOMES = {
    "created": "created",
    "updated": "updated",
    "unchanged": "unchanged",
    "skipped": "skipped",
    "conflict": "in conflict",
    "failed": "failed",
    "held": "held",
    "not_kept": "not kept",
}
_STATUSES = {
    "succeeded": "succeeded",
    "succeeded_with_problems": "succeeded with problems",
    "failed": "failed",
    "cancelled": "was cancelled",
    "interrupted": "was interrupted",
    "held": "is held",
}


def notice_text(notice_type: NoticeType, message: str, facts: RunFacts, people: Iterable[str] = ()) -> str:
    """The whole text: the message as it was written, then the summary, then the lines about people, if any."""
    parts = [message.strip(), summary(notice_type, facts), _listed(list(people))]
    return "\n\n".join(part for part in parts if part) + "\n"


def summary(notice_type: NoticeType, facts: RunFacts) -> str:
    """What the run did, in counts."""
    lines = [_heading(facts)]
    if notice_type is NoticeType.CONFLICTS:
        lines += _conflicts(facts)
    else:
        lines += _outcomes(facts)
    if facts.message:
        lines.append(facts.message)
    lines.append(_where(notice_type, facts))
    return "\n".join(lines)


def _heading(facts: RunFacts) -> str:
    what = "Import" if facts.kind == "inbound" else "Export"
    if facts.reconcile:
        what = f"Reconciliation ({what.lower()})"
    elif facts.preview:
        what = f"{what} preview"
    status = _STATUSES.get(facts.status, facts.status)
    when = f" on {facts.ended_at}" if facts.ended_at and facts.status != "held" else ""
    by = f", started by {facts.started_by}" if facts.started_by else ""
    return f"{facts.institution}: {what}, run {facts.run}, {status}{when}{by}."


def _outcomes(facts: RunFacts) -> list[str]:
    read = facts.counts.get("read", 0)
    if facts.kind == "inbound":
        who = f"{read:,} contact{'' if read == 1 else 's'} without a SONIS ID"
    else:
        who = f"{read:,} {'person' if read == 1 else 'people'}"
    counted = [f"  {facts.counts[kind]:,} {word}" for kind, word in _OUTCOMES.items() if facts.counts.get(kind)]
    if not counted and facts.status in {"failed", "interrupted"}:
        lines = []
    else:
        lines = [f"{who}:", *counted] if counted else [f"{who}: nothing to do."]
    if facts.kind == "inbound" and not facts.counts.get("created"):
        lines.append("Nothing was imported.")
    if facts.drift:
        changed = "1 value that was" if facts.drift == 1 else f"{facts.drift:,} values that were"
        told = "would be set back" if facts.status == "held" else "set back"
        lines.append(f"{changed} changed in ActiveCampaign {told} to SONIS's.")
    return lines


def _conflicts(facts: RunFacts) -> list[str]:
    found = [f"  {many:,} {reason}" for reason, many in _sorted(facts.new_conflicts)]
    return ["Found for the first time:", *found, f"{facts.waiting_conflicts:,} wait in all."]


def _sorted(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _where(notice_type: NoticeType, facts: RunFacts) -> str:
    if notice_type is NoticeType.CONFLICTS:
        return "Decide on the page Review, or with `sonisbridge conflicts list`."
    if facts.status == "held":
        return (
            "Nothing was sent: the export waits until a user has looked at it. See the page Runs, or "
            f"`sonisbridge runs show {facts.run} --outcomes`, then `sonisbridge runs apply {facts.run}`."
        )
    return f"Everything about it is on the page Runs, or with `sonisbridge runs show {facts.run} --outcomes`."


def _listed(people: list[str]) -> str:
    if not people:
        return ""
    lines = [f"- {line}" for line in people[:MOST_PEOPLE]]
    return "\n".join([*lines, "- And others, whom the run names."] if len(people) > MOST_PEOPLE else lines)


def example(notice_type: NoticeType, institution: str) -> RunFacts:
    """A run that never was, to show what a notice looks like."""
    kind = "inbound" if notice_type is NoticeType.IMPORT else "outbound"
    counts = (
        {"read": 12, "created": 3, "skipped": 9}
        if kind == "inbound"
        else {"read": 1860, "updated": 41, "unchanged": 1819}
    )
    failed = notice_type is NoticeType.RUN_FAILED
    return RunFacts(
        run=1,
        institution=institution,
        kind=kind,
        status="failed" if failed else "succeeded",
        started_by="schedule 1",
        counts={} if failed else counts,
        message="SONIS does not answer: see that its database is up." if failed else "",
        new_conflicts={"shared-email": 2} if notice_type is NoticeType.CONFLICTS else {},
        waiting_conflicts=5,
    )


def example_people(notice_type: NoticeType) -> list[str]:
    """What such a run would say of people who never were."""
    match notice_type:
        case NoticeType.IMPORT:
            return ["contact 1042: Created web prospect 20261123-0007 (Ana Lima, ana@example.edu)."]
        case NoticeType.CONFLICTS:
            return ["RE0000121: Not sent: sam@example.edu belongs to the contact of Jo Reyes."]
        case NoticeType.EXPORT:
            return ["RE0000121: Updated Home City: Nashville -> Memphis."]
        case NoticeType.RUN_FAILED:
            return []
