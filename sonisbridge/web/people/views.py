"""Person: why is this so? And the search box that leads there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from sonisbridge.core.contact import ContactId
from sonisbridge.core.errors import SonisbridgeError
from sonisbridge.core.person import Identity, SonisId, chosen_address, chosen_status
from sonisbridge.store import institutions, mirror
from sonisbridge.store.history import last_agreed
from sonisbridge.store.links import BY_USER
from sonisbridge.store.models import Decision, Institution, Link, MirrorContact, OpenConflict, Run
from sonisbridge.sync.person import Story, asked, people_like
from sonisbridge.sync.person import read_again as ask_again
from sonisbridge.web.configuration.sheet import RULES
from sonisbridge.web.pages import Request

from .history import history_of_person, overwritten

FOUND_AT_MOST = 50


def person(request: Request, sonis_id: str) -> HttpResponse:
    """One person: both sides, what links them, each field, what runs did."""
    institution = request.institution
    context: dict[str, Any] = {
        "sonis_id": sonis_id,
        "history": history_of_person(institution, sonis_id),
        "overwritten": _titled(institution, overwritten(institution, sonis_id)),
        "conflicts": OpenConflict.objects.filter(institution=institution, sonis_id=sonis_id),
        "decisions": Decision.objects.filter(institution=institution, sonis_id=sonis_id),
    }
    try:
        with asked(institution) as explainer:
            story = explainer.story(SonisId(sonis_id))
            labels = explainer.codes.module_status
    except SonisbridgeError as error:
        link = Link.objects.filter(institution=institution, sonis_id=sonis_id).first()
        return render(request, "web/people/unanswered.html", {**context, "error": str(error), "link": link})
    if story.person is None and not (story.link or context["history"]):
        return render(request, "web/people/nobody.html", context, status=404)
    return render(request, "web/people/person.html", {**context, **_sides(institution, story, labels)})


def _sides(institution: Institution, story: Story, labels: Mapping[str, str]) -> dict[str, Any]:
    contact = story.contact
    row = None
    if contact is not None:
        row = MirrorContact.objects.filter(institution=institution, contact_id=int(contact.contact_id)).first()
    first_run = Run.objects.filter(pk=story.link.first_run).first() if story.link and story.link.first_run else None
    checked_run = next(iter(last_agreed(institution, [story.link] if story.link else []).values()), None)
    return {
        "story": story,
        "person": story.person,
        "name": f"{story.person.first_name} {story.person.last_name}".strip() if story.person else "",
        "statuses": [(labels.get(held.code, held.code), held.since) for held in story.person.statuses]
        if story.person
        else [],
        "status": chosen_status(story.person.statuses) if story.person else "",
        "address": chosen_address(story.person.addresses) if story.person else None,
        "row": row,
        "how": how_linked(story.link) if story.link else "",
        "first_run": first_run,
        "checked_run": checked_run,
        "fields": [(field, RULES[field.rule][0]) for field in story.fields],
        "rules": RULES.values(),
        "differing": [field for field in story.fields if field.fate in _WRITTEN],
    }


_WRITTEN = {"set", "changed", "cleared"}
_HOW = {
    "link": "linked before",
    "sonis-id": "the contact carried this SONIS ID",
    "name-email": "name and e-mail address were the same",
    "created": "an export made the contact",
    "import": "SONIS made the person of this contact's web prospect",
}


def how_linked(link: Link) -> str:
    """How the link came about, in words."""
    if link.how == BY_USER:
        return f"decided by {link.decided_by}" if link.decided_by else "decided by a user"
    return _HOW.get(link.how, link.how)


def _titled(institution: Institution, records: list[Any]) -> list[Any]:
    fields = institutions.fields_as_last_read(institution)
    for record in records:
        found = fields.get(record.field_id)
        record.title = found.title if found else f"field {record.field_id}"
    return records


@require_POST
def read_again(request: Request, sonis_id: str) -> HttpResponse:
    """Ask ActiveCampaign for the person's contact."""
    contact_id = request.POST.get("contact", "")
    if not contact_id.isdecimal():
        return redirect("person", request.institution.pk, sonis_id)
    try:
        there = ask_again(request.institution, ContactId(contact_id))
    except SonisbridgeError as error:
        messages.error(request, f"Not read again. {error}")
    else:
        gone = f"Contact {contact_id} is gone from ActiveCampaign: it was deleted or merged there."
        messages.info(request, "This is what ActiveCampaign says now." if there else gone)
    return redirect("person", request.institution.pk, sonis_id)


def search(request: Request) -> HttpResponse:
    """The person whom a SONIS ID, a name or an e-mail address names; a list when it names several."""
    institution, wanted = request.institution, " ".join(request.GET.get("q", "").split())[:200]
    people: list[Identity] = []
    error = ""
    if wanted:
        try:
            people = people_like(institution, wanted, limit=FOUND_AT_MOST)
        except SonisbridgeError as raised:
            error = str(raised)
    rows = MirrorContact.objects.filter(institution=institution).defer("fields", "lists")
    contacts = list(mirror.search(rows, wanted).order_by("name_key", "pk")[:FOUND_AT_MOST]) if wanted else []
    others = [row for row in contacts if not people or row.sonis_id != people[0].sonis_id]
    if len(people) == 1 and not others:
        return redirect("person", institution.pk, people[0].sonis_id)
    if not people and len(contacts) == 1 and not error:
        return redirect("contact", institution.pk, contacts[0].contact_id)
    context = {
        "searched": wanted, "people": people, "contacts": contacts, "error": error, "at_most": FOUND_AT_MOST,
    }  # fmt: skip
    return render(request, "web/people/search.html", context)
