"""What a user sees when something is wrong: one plain sentence and a way on, never a traceback (rule 12)."""

from __future__ import annotations

import logging
from collections.abc import Callable

from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render

from sonisbridge.core.errors import RetryLaterError, SonisbridgeError, WrongSettingsError

logger = logging.getLogger("sonisbridge.web")


def failure(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    """A page that says what is wrong; for programs, the same as JSON."""
    if request.path.startswith("/api/v1/"):
        return JsonResponse({"error": f"{title}. {text}"}, status=status)
    return render(request, "web/failure.html", {"title": title, "text": text, "status": status}, status=status)


class PlainFailures:
    """Turns what a page raises into a page: our own errors with their sentence, everything else with a number for the log."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page for an error that a view let pass; None leaves it to Django."""
        match error:
            case WrongSettingsError():
                return failure(request, 400, "That cannot be done", str(error))
            case RetryLaterError():
                return failure(request, 503, "Try again later", str(error))
            case SonisbridgeError():
                return failure(request, 409, "That could not be done", str(error))
            case DatabaseError() | InterfaceError():
                logger.error("the bridge's database did not answer", exc_info=error)
                return failure(
                    request, 503, "The bridge's own database does not answer",
                    "See that it is up and its disk is not full, then load the page again. Nothing was changed.",
                )  # fmt: skip
            case Http404() | PermissionDenied() | SuspiciousOperation() | BadRequest():
                pass
            case ImmediateHttpResponse() | ReauthenticationRequired():
                pass
            case _:
                logger.error("a page broke", exc_info=error)
        return None


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such page, or one of an institution that this user was not granted."""
    del exception  # Django passes it by name; it says nothing to a user
    return failure(
        request,
        404,
        "There is no such page",
        "It may have been removed, or it belongs to an institution that you were not granted.",
    )


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The user's role lacks the right."""
    return failure(
        request, 403, "Your role does not allow this", str(exception) or "Ask an administrator for the right role."
    )


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Somebody tries too often: guesses, or a script that does not wait."""
    del exception
    return failure(request, 429, "Too many attempts", "Wait a minute, then try again. Nothing was changed.")


def broken(request: HttpRequest) -> HttpResponse:
    """An error of ours; it was logged when it came."""
    return failure(
        request,
        500,
        "An error in sonisbridge itself",
        "It was written to the log. What was done before it is recorded.",
    )


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that came without its key: the page was open for too long, or another site sent it."""
    logger.warning("a form was refused: %s", reason)
    return failure(
        request,
        403,
        "The page was open for too long",
        "Go back, load it again, and send the form once more. Nothing was changed.",
    )
