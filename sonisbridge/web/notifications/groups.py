"""Groups: who is told together."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from sonisbridge.core.errors import SonisbridgeError
from sonisbridge.notify.email import configured
from sonisbridge.store import assignments as stored
from sonisbridge.store import notices
from sonisbridge.store.assignments import Member
from sonisbridge.store.timed_models import NoticeGroup
from sonisbridge.web.listing import answer
from sonisbridge.web.pages import Request

from .forms import GroupForm, MembersForm
from .listed import GROUPS


def groups(request: Request) -> HttpResponseBase:
    """The institution's groups."""
    rows = stored.groups(request.institution).prefetch_related("assignments")
    context = {"tab": "groups", "any": rows.exists(), "mail_server": configured()}
    return answer(request, GROUPS, rows, "web/notifications/groups.html", context)


def _find(request: Request, group_id: int) -> NoticeGroup:
    found = stored.groups(request.institution).filter(pk=group_id).first()
    if found is None:
        raise Http404
    return found


def add(request: Request) -> HttpResponse:
    """A new group with its first members."""
    form = GroupForm(request.institution, request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = stored.put_group(request.institution, given["name"], add=given["members"], by=request.who)
        messages.success(request, f"The group {made.name} was added.")
        return redirect("notification-group", request.institution.pk, made.pk)
    context = {"form": form}
    return render(request, "web/notifications/group_form.html", context, status=422 if form.is_bound else 200)


def group(request: Request, group_id: int) -> HttpResponse:
    """Who is in the group, and what it is told."""
    return _group_page(request, _find(request, group_id), MembersForm(request.institution))


def _group_page(request: Request, found: NoticeGroup, form: MembersForm) -> HttpResponse:
    members = stored.members(found)
    users = notices.reminded(request.institution, (member.address for member in members))
    context: dict[str, Any] = {
        "group": found,
        "members": [(member, users.get(member.address.casefold(), "")) for member in members],
        "told_by": found.assignments.order_by("name"),
        "form": form,
    }
    return render(request, "web/notifications/group.html", context, status=422 if form.is_bound else 200)


@require_POST
def add_members(request: Request, group_id: int) -> HttpResponse:
    """Put more people into the group."""
    found = _find(request, group_id)
    form = MembersForm(request.institution, request.POST)
    if not form.is_valid():
        return _group_page(request, found, form)
    added = form.cleaned_data["members"]
    stored.put_group(request.institution, found.name, add=added, by=request.who)
    messages.success(request, "1 member was added." if len(added) == 1 else f"{len(added)} members were added.")
    return redirect("notification-group", request.institution.pk, found.pk)


@require_POST
def take_out(request: Request, group_id: int) -> HttpResponse:
    """Take somebody out of the group."""
    found = _find(request, group_id)
    member_id = request.POST.get("member", "")
    row = found.members.filter(pk=int(member_id)).first() if member_id.isdecimal() and len(member_id) < 18 else None
    if row is not None:
        member = Member(sonis_id=row.sonis_id, address=row.address)
        stored.put_group(request.institution, found.name, remove=[member], by=request.who)
        messages.success(request, f"{row.sonis_id or row.address} is not told any more.")
    return redirect("notification-group", request.institution.pk, found.pk)


@require_POST
def remove(request: Request, group_id: int) -> HttpResponse:
    """Forget a group that no assignment tells."""
    found = _find(request, group_id)
    try:
        stored.remove_group(found, by=request.who)
    except SonisbridgeError as error:
        messages.error(request, str(error))
        return redirect("notification-group", request.institution.pk, group_id)
    messages.success(request, f"The group {found.name} was removed.")
    return redirect("notification-groups", request.institution.pk)
