"""How a program is let in by its personal token, and how it is told what is wrong: in JSON, one sentence (rule 12)."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt

from sonisbridge.core.roles import Right
from sonisbridge.store import tokens, users
from sonisbridge.store.models import ApiToken, Institution
from sonisbridge.web.pages import Request

Answer = Callable[..., JsonResponse]
CALLS_A_MINUTE = 120


class RefusedError(Exception):
    """A call that is answered with a status and a sentence."""

    def __init__(self, status: int, sentence: str, **headers: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    @property
    def answer(self) -> JsonResponse:
        """The answer."""
        return JsonResponse({"error": str(self)}, status=self.status, headers=self.headers)


def call(route: str, view: Answer, *, name: str) -> URLPattern:
    """A row of the URL table for programs: it is only read, and asks for a token whose user may see."""

    @csrf_exempt  # nothing but a token lets a call in, and no browser sends one by itself
    @wraps(view)
    def guarded(request: HttpRequest, **places: Any) -> JsonResponse:
        try:
            request.user = _let_in(request).user
            return view(request, **places)
        except RefusedError as refused:
            return refused.answer

    guarded.needs = Right.SEE  # type: ignore[attr-defined]
    guarded.by_token = True  # type: ignore[attr-defined]
    return path(route, guarded, name=name)


def _let_in(request: HttpRequest) -> ApiToken:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    token = tokens.owner(text.strip()) if scheme.lower() == "bearer" else None
    if token is None:
        raise RefusedError(
            401, "Give a personal token that is in force: `Authorization: Bearer sbr_...`. Users make theirs under Your account.",
            WWW_Authenticate="Bearer",
        )  # fmt: skip
    if users.must_choose_password(token.user):
        raise RefusedError(403, "The token's user has to sign in to the pages and choose a password first.")
    _count(token)
    if request.method not in {"GET", "HEAD"}:
        raise RefusedError(405, "This interface is only read: ask with GET.", Allow="GET, HEAD")
    return token


def _count(token: ApiToken) -> None:
    now = time.time()
    window = int(now // 60)
    key = f"calls:{token.pk}:{window}"
    cache.add(key, 0, timeout=120)
    if cache.incr(key) > CALLS_A_MINUTE:
        wait = str(int((window + 1) * 60 - now) + 1)
        raise RefusedError(
            429, f"More than {CALLS_A_MINUTE} calls in a minute: go on in {wait} seconds, or ask for more rows a page.",
            Retry_After=wait,
        )  # fmt: skip


def seen(request: Request) -> list[Institution]:
    """The institutions of which the token's user may see people."""
    granted = users.institutions_of(request.user)  # type: ignore[arg-type]
    return [item for item in granted if Right.SEE in users.rights(request.user, item)]  # type: ignore[arg-type]


def institution_of(request: Request) -> Institution:
    """The institution that the call names, or the only one that the user may see."""
    found = seen(request)
    wanted = request.GET.get("institution")
    if not found:
        raise RefusedError(403, "No institution is granted to the token's user: ask an administrator for a role.")
    if wanted is None and len(found) > 1:
        names = ", ".join(f"{item.pk} ({item.name})" for item in found)
        raise RefusedError(400, f"Say which institution, with institution=NUMBER; there are: {names}.")
    chosen = next((item for item in found if wanted in {None, str(item.pk)}), None)
    if chosen is None:
        raise RefusedError(404, "There is no such institution, or it is not granted to the token's user.")
    return chosen
