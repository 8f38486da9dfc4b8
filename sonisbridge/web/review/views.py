"""Review: what needs a decision, and what was decided."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from sonisbridge.core.errors import SonisbridgeError, WrongSettingsError
from sonisbridge.core.roles import Right
from sonisbridge.store import conflicts as stored
from sonisbridge.store.links import BY_USER
from sonisbridge.store.models import Decision, Link, OpenConflict
from sonisbridge.sync import decisions as carried_out
from sonisbridge.sync.review import Comparison, compare
from sonisbridge.web.listing import answer
from sonisbridge.web.pages import Request

from .listed import ADVICE, CONFLICTS, TITLES, reason_title, waiting

ACTIONS = {
    carried_out.LINK: "Link",
    Decision.NOT_SAME: "Not the same person",
    Decision.IGNORE: "Ignore",
}
EXAMPLES = 10


def review(request: Request) -> HttpResponseBase:
    """The conflicts that wait, by reason."""
    counts = stored.counts(request.institution)
    chosen = request.GET.get("reason", "")
    context = {
        "groups": [(reason, reason_title(reason), many, reason == chosen) for reason, many in counts.items()],
        "total": sum(counts.values()),
        "chosen": chosen if chosen in counts else "",
        "advice": ADVICE.get(chosen, ""),
        "actions": ACTIONS.items(),
    }
    return answer(request, CONFLICTS, waiting(request), "web/review/review.html", context)


def _find(request: Request, conflict_id: int) -> OpenConflict | None:
    return waiting(request).filter(pk=conflict_id).select_related("institution").first()


def conflict(request: Request, conflict_id: int) -> HttpResponse:
    """One conflict: both sides next to each other, and what can be decided."""
    found = _find(request, conflict_id)
    if found is None:
        messages.info(
            request, "That conflict does not wait any more: it was decided, or put right on one of the two sides."
        )
        return redirect("review", request.institution.pk)
    return _shown(request, found)


def _shown(request: Request, found: OpenConflict, *, error: str = "", status: int = 200) -> HttpResponse:
    comparison: Comparison | None = None
    unanswered = ""
    try:
        comparison = compare(found)
    except SonisbridgeError as raised:
        unanswered = str(raised)
    following = waiting(request).filter(reason=found.reason, pk__gt=found.pk).order_by("pk").first()
    context: dict[str, Any] = {
        "conflict": found,
        "title": reason_title(found.reason),
        "advice": ADVICE.get(found.reason, ""),
        "comparison": comparison,
        "unanswered": unanswered,
        "error": error,
        "next": following,
        "may_decide": Right.DECIDE in request.rights,
        "proposed": str(found.proposed or ""),
        "taken": [side for side in comparison.contacts if side.linked and side.linked != found.sonis_id]
        if comparison
        else [],
    }
    return render(request, "web/review/conflict.html", context, status=status)


@require_POST
def decide(request: Request, conflict_id: int) -> HttpResponse:
    """Carry out what the user decided."""
    found = _find(request, conflict_id)
    if found is None:
        messages.info(request, "Nothing was done: the conflict was decided or put right in the meantime.")
        return redirect("review", request.institution.pk)
    action = request.POST.get("action", "")
    one = request.POST.get("person", "")
    try:
        carried_out.decide(
            found,
            action,
            by=request.who,
            contact_id=request.POST.get("contact") or None,
            sonis_id=one or None if action == carried_out.LINK else None,
            sonis_ids=[one] if one else request.POST.getlist("people"),
        )
    except WrongSettingsError:
        return _shown(request, found, error="Say which person and which contact are meant.", status=422)
    messages.success(request, f"Decided: {ACTIONS[action].lower()}. The next run acts on it.")
    following = waiting(request).filter(reason=found.reason, pk__gt=conflict_id).order_by("pk").first()
    if following is not None and request.POST.get("then") == "next":
        return redirect("review-conflict", request.institution.pk, following.pk)
    return redirect("review", request.institution.pk)


def group(request: Request) -> HttpResponse:
    """Decide all conflicts of one reason alike: first how many that would be, then do it."""
    asked = request.POST if request.method == "POST" else request.GET
    reason, action = asked.get("reason", ""), asked.get("action", "")
    if action not in ACTIONS or reason not in TITLES:
        raise Http404
    found = list(waiting(request).filter(reason=reason).select_related("institution").order_by("pk"))
    these = [item for item in found if carried_out.decidable(item, action)]
    shown = asked.get("shown", "")
    if request.method == "POST" and shown == _mark(these):
        carried_out.decide_all(these, action, by=request.who)
        messages.success(request, f"{len(these):,} decided: {ACTIONS[action].lower()}. The next run acts on it.")
        return redirect("review", request.institution.pk)
    context = {
        "reason": reason,
        "title": reason_title(reason),
        "action": action,
        "action_title": ACTIONS[action],
        "these": len(these),
        "others": len(found) - len(these),
        "examples": these[:EXAMPLES],
        "mark": _mark(these),
        "changed": request.method == "POST",
    }
    return render(request, "web/review/group.html", context)


def _mark(these: list[OpenConflict]) -> str:
    """Which conflicts were shown: when others wait by now, they are shown again first."""
    return f"{len(these)}-{sum(item.pk for item in these)}"


def decisions(request: Request) -> HttpResponse:
    """What was decided and is remembered; each can be taken back."""
    institution = request.institution
    links = Link.objects.filter(institution=institution, how=BY_USER).defer("confirmed", "not_kept").order_by("-pk")
    context = {
        "said": list(stored.remembered(institution).order_by("-pk")[:SHOWN]),
        "links": list(links[:SHOWN]),
        "at_most": SHOWN,
    }
    return render(request, "web/review/decisions.html", context)


SHOWN = 500


@require_POST
def take_back(request: Request) -> HttpResponse:
    """Forget a decision or a link by decision."""
    number, sonis_id = request.POST.get("decision", ""), request.POST.get("link", "")
    try:
        if sonis_id:
            carried_out.take_back_link(request.institution, sonis_id, by=request.who)
        else:
            stored.take_back(request.institution, int(number) if number.isdecimal() else 0, by=request.who)
    except WrongSettingsError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, "Taken back. The next run looks at it afresh.")
    return redirect("review-decisions", request.institution.pk)
