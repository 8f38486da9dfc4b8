"""Contacts: who is from SONIS, who was made in ActiveCampaign; and one contact with all that it holds."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from sonisbridge.core.contact import ContactId
from sonisbridge.core.errors import SonisbridgeError
from sonisbridge.store import institutions
from sonisbridge.store.mirror import ContactMirror
from sonisbridge.store.models import ImportedContact, Link, MirrorContact, Run
from sonisbridge.sync import contact as explained
from sonisbridge.sync import orders
from sonisbridge.sync.person import asked
from sonisbridge.sync.person import read_again as ask_again
from sonisbridge.web.listing import answer
from sonisbridge.web.pages import Request
from sonisbridge.web.people.history import history_of_contact

from .listed import CONTACTS, STANDINGS, account_name, contacts_of


def contacts(request: Request) -> HttpResponseBase:
    """Every contact that the mirror holds."""
    last = Run.objects.filter(institution=request.institution, planned_at__isnull=False).order_by("-pk").first()
    filled = MirrorContact.objects.filter(institution=request.institution).exists()
    context = {"as_of": last.planned_at if last else None, "filled": filled}
    return answer(request, CONTACTS, contacts_of(request.institution), "web/contacts/contacts.html", context)


@require_POST
def refresh(request: Request) -> HttpResponse:
    """Read the contacts anew, by an import that only looks."""
    try:
        run = orders.order_import(request.institution, started_by=request.who, preview=True)
    except SonisbridgeError as error:
        messages.error(request, f"Not refreshed. {error}")
        return redirect("contacts", request.institution.pk)
    messages.info(request, "The contacts are being read. This run only looks: nothing is written to either side.")
    return redirect("run", request.institution.pk, run.pk)


def contact(request: Request, contact_id: int) -> HttpResponse:
    """One contact: whose it is, what an import would do with it, what it holds."""
    institution = request.institution
    row = MirrorContact.objects.filter(institution=institution, contact_id=contact_id).first()
    if row is None:
        raise Http404
    link = Link.objects.filter(institution=institution, contact_id=contact_id).first()
    imported = ImportedContact.objects.filter(institution=institution, contact_id=contact_id, written=True).first()
    names = institutions.list_names(institution)
    fields = institutions.fields_as_last_read(institution)
    titled = [(found, row.fields[found.field_id]) for found in fields if row.fields.get(found.field_id)]
    unknown = [(key, value) for key, value in sorted(row.fields.items()) if fields.get(key) is None]
    context = {
        "row": row,
        "name": f"{row.first_name} {row.last_name}".strip(),
        "link": link,
        "person": link.sonis_id if link else row.sonis_id,
        "imported": imported,
        "account": account_name(institution, row.account_id),
        "standing": STANDINGS.get(row.standing, row.standing),
        "fields": titled,
        "unknown": unknown,
        "blank": sum(1 for found in fields if not row.fields.get(found.field_id)),
        "lists": [
            (names.get(key, f"List {key}"), _LIST_WORDS.get(int(value), value))
            for key, value in sorted(row.lists.items())
        ],
        "history": history_of_contact(institution, contact_id),
        **_story(request, row),
    }
    return render(request, "web/contacts/contact.html", context)


_LIST_WORDS = {0: "unconfirmed", 1: "active", 2: "unsubscribed", 3: "bounced"}


def _story(request: Request, row: MirrorContact) -> dict[str, object]:
    """What an import would do; where SONIS cannot be asked, the sentence that says why."""
    found = ContactMirror(request.institution).contacts([ContactId(str(row.contact_id))])
    try:
        with asked(request.institution) as explainer:
            story = explained.import_story(
                request.institution, explainer.sonis, found[ContactId(str(row.contact_id))], carries=row.sonis_id
            )
            similar = list(explainer.sonis.identities_by_id(story.sonis_ids))
    except SonisbridgeError as error:
        return {"story": None, "story_error": str(error)}
    return {"story": story, "similar": similar}


@require_POST
def read_again(request: Request, contact_id: int) -> HttpResponse:
    """Ask ActiveCampaign for this one contact."""
    try:
        there = ask_again(request.institution, ContactId(str(contact_id)))
    except SonisbridgeError as error:
        messages.error(request, f"Not read again. {error}")
        return redirect("contact", request.institution.pk, contact_id)
    if there:
        messages.success(request, "This is what ActiveCampaign says now.")
        return redirect("contact", request.institution.pk, contact_id)
    messages.warning(request, f"Contact {contact_id} is gone from ActiveCampaign: it was deleted or merged there.")
    return redirect("contacts", request.institution.pk)
