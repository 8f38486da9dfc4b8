"""Notification Assignments: who is told?"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from sonisbridge.core.errors import SonisbridgeError
from sonisbridge.core.notices import TYPES, Method, NoticeType, ReminderType
from sonisbridge.notify.email import configured
from sonisbridge.store import assignments as stored
from sonisbridge.store import notices as outbox
from sonisbridge.store.notices import Written
from sonisbridge.store.timed_models import Assignment, Delivery
from sonisbridge.sync import notices
from sonisbridge.web.listing import answer
from sonisbridge.web.pages import Request

from .forms import REMINDER_TYPES, AssignmentForm, chosen_type
from .listed import ASSIGNMENTS, method_word, type_title

NEWEST = 20
"""So many deliveries of an assignment are shown with it."""


def notifications(request: Request) -> HttpResponseBase:
    """The assignments of the institution."""
    rows = stored.all_of(request.institution)
    context = {
        "tab": "assignments",
        "any": rows.exists(),
        "any_group": stored.groups(request.institution).exists(),
        "mail_server": configured(),
    }
    return answer(request, ASSIGNMENTS, rows, "web/notifications/notifications.html", context)


def _find(request: Request, assignment_id: int) -> Assignment:
    found = stored.all_of(request.institution).filter(pk=assignment_id).first()
    if found is None:
        raise Http404
    return found


def add(request: Request) -> HttpResponse:
    """Choose a type; then a new assignment of it."""
    notice_type = chosen_type(request.POST.get("type", "") or request.GET.get("type", ""))
    if notice_type is None:
        return render(request, "web/notifications/type.html", {"types": [(str(key), TYPES[key]) for key in TYPES]})
    form = AssignmentForm(request.institution, notice_type, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = stored.add(request.institution, form.wanted, by=request.who)
        except SonisbridgeError as error:
            form.add_error("code", str(error))
        else:
            messages.success(request, "The notification was added. Send a test to see that it arrives.")
            return redirect("notification", request.institution.pk, made.pk)
    return _form_page(request, form, notice_type, title="Add a notification assignment")


def edit(request: Request, assignment_id: int) -> HttpResponse:
    """Another name, group, owner, message or method; the type stays."""
    row = _find(request, assignment_id)
    notice_type = NoticeType(row.type)
    form = AssignmentForm(request.institution, notice_type, request.POST or None, row=row)
    if request.method == "POST" and form.is_valid():
        try:
            stored.change(row, form.wanted, by=request.who)
        except SonisbridgeError as error:
            form.add_error("code", str(error))
        else:
            messages.success(request, "The notification was changed.")
            return redirect("notification", request.institution.pk, row.pk)
    return _form_page(request, form, notice_type, title="Change the notification assignment", row=row)


def _form_page(
    request: Request, form: AssignmentForm, notice_type: NoticeType, *, title: str, row: Assignment | None = None
) -> HttpResponse:
    typed = form.data if form.is_bound else {**form.initial, "row": str(row.pk if row else "")}
    context: dict[str, Any] = {
        "form": form,
        "type": str(notice_type),
        "words": TYPES[notice_type],
        "title": title,
        "row": row,
        "any_group": stored.groups(request.institution).exists(),
        "mail_server": configured(),
        "shown": _as_typed(request, notice_type, typed, row),
    }
    return render(request, "web/notifications/form.html", context, status=422 if form.is_bound else 200)


@require_POST
def preview(request: Request) -> HttpResponse:
    """The whole notice as it is being typed; nothing is kept."""
    notice_type = chosen_type(request.POST.get("type", ""))
    if notice_type is None:
        raise Http404
    row_id = request.POST.get("row", "")
    rows = stored.all_of(request.institution)
    row = rows.filter(pk=int(row_id)).first() if row_id.isdecimal() and len(row_id) < 18 else None
    shown = _as_typed(request, notice_type, request.POST, row)
    return render(request, "web/notifications/notice.html", {"shown": shown})


def _as_typed(request: Request, notice_type: NoticeType, typed: Any, row: Assignment | None) -> Written:
    owned = row is not None and row.owner_sonis_id == str(typed.get("owner", "")).strip()
    made = Assignment(
        institution=request.institution,
        type=str(notice_type),
        name=str(typed.get("name", "")),
        message=str(typed.get("message", "")),
        with_people=bool(typed.get("with_people")),
        owner_address=row.owner_address if row and owned else "",
        owner_name=row.owner_name if row and owned else "",
    )
    return notices.preview(made)


@require_GET
def owner(request: Request) -> HttpResponse:
    """Who the SONIS ID is that was typed for the owner, as SONIS says now."""
    sonis_id = request.GET.get("owner", "").strip()
    context: dict[str, Any] = {}
    if sonis_id:
        try:
            context["owner"] = notices.checked_owner(request.institution, sonis_id)
        except SonisbridgeError as error:
            context["problem"] = str(error)
    return render(request, "web/notifications/owner.html", context)


def notification(request: Request, assignment_id: int) -> HttpResponse:
    """One assignment: what its notices look like, and what became of them."""
    row = _find(request, assignment_id)
    found = list(outbox.deliveries(request.institution).filter(notice__assignment=row).order_by("-pk")[:NEWEST])
    on_its_way = outbox.unaddressed(row)
    context = {
        "row": row,
        "type_title": type_title(row),
        "method": method_word(row),
        "by": Method(row.method),
        "reminder_type": REMINDER_TYPES[ReminderType(row.reminder_type)],
        "shown": notices.preview(row),
        "deliveries": found,
        "on_its_way": on_its_way,
        "moving": on_its_way or any(item.state == Delivery.WAITING and not item.attempts for item in found),
        "mail_server": configured(),
    }
    return render(request, "web/notifications/notification.html", context)


@require_POST
def send_test(request: Request, assignment_id: int) -> HttpResponse:
    """A notice about a run that never was, to the owner alone."""
    row = _find(request, assignment_id)
    if Method(row.method) is Method.NONE:
        messages.error(request, "Nothing was sent: the method is neither e-mail nor reminder. Change it first.")
    else:
        notices.send_test(row, now=timezone.now())
        messages.success(
            request, f"A test is on its way to {row.owner_name or row.owner_sonis_id}, and to nobody else."
        )
    return redirect("notification", request.institution.pk, row.pk)


@require_POST
def remove(request: Request, assignment_id: int) -> HttpResponse:
    """Forget an assignment, with its notices and reminders."""
    row = _find(request, assignment_id)
    stored.remove(row, by=request.who)
    messages.success(request, f"The notification {row.name} was removed.")
    return redirect("notifications", request.institution.pk)
