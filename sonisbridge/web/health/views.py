"""What load balancers, supervisors and Prometheus ask. No person and no secret is in any answer."""

from __future__ import annotations

import hmac
import ipaddress

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, JsonResponse

from sonisbridge.store import health
from sonisbridge.store.metrics import prometheus
from sonisbridge.web.pages import Request


def healthz(_request: Request) -> HttpResponse:
    """That the process answers."""
    return JsonResponse(health.alive())


def readyz(_request: Request) -> HttpResponse:
    """Whether a run that is ordered now would be carried out; 503 with what to do when it would not."""
    good, parts = health.ready()
    return JsonResponse(parts, status=200 if good else 503)


def metrics(request: Request) -> HttpResponse:
    """The figures, for who asks from this machine or with the token of SONISBRIDGE_METRICS_TOKEN."""
    if not (_from_here(request) or _knows_the_token(request)):
        raise PermissionDenied(
            "Figures are given to this machine, or to who sends the token of SONISBRIDGE_METRICS_TOKEN as Bearer."
        )
    return HttpResponse(prometheus(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _from_here(request: Request) -> bool:
    """Whether the caller is this machine itself. What a proxy passes on comes from elsewhere."""
    if request.headers.get("X-Forwarded-For"):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _knows_the_token(request: Request) -> bool:
    wanted, given = settings.METRICS_TOKEN, request.headers.get("Authorization", "")
    return bool(wanted) and hmac.compare_digest(given.encode(), f"Bearer {wanted}".encode())
