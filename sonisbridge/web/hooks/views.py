"""What ActiveCampaign calls when a contact changed (rule 9.1): the answer comes at once, and says nothing."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse, HttpResponseNotAllowed, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from sonisbridge.sync import webhook
from sonisbridge.web.pages import Request

MOST_BYTES = 64 * 1024
"""A delivery has a few thousand."""


@csrf_exempt  # no browser and no session: what lets a delivery in is its address
def hook(request: Request, hook_token: str) -> HttpResponse:
    """204 for what is on, whatever was sent; an address that is not on is like any that never was."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if _size(request) > MOST_BYTES:
        return HttpResponse(status=413)
    try:
        delivery = request.body
    except (UnreadablePostError, RequestDataTooBig):
        return HttpResponse(status=400)
    if len(delivery) > MOST_BYTES:
        return HttpResponse(status=413)
    return HttpResponse(status=204 if webhook.hear(hook_token, delivery) else 404)


def _size(request: Request) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
