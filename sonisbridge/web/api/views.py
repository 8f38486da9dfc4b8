"""The read-only interface for an institution's own reports: runs, outcomes, contacts and conflicts as JSON."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render

from sonisbridge.store.models import Institution, PlanLine, Run
from sonisbridge.web.pages import Request

from . import description
from .calls import CALLS_A_MINUTE, RefusedError, institution_of, seen
from .description import Rows, Schema
from .openapi import MOST_ROWS, PAGING, ROWS, described, document


def page(request: Request) -> HttpResponse:
    """What can be read, for the people who write reports."""
    context = {"calls": described(), "most": CALLS_A_MINUTE, "base": request.build_absolute_uri("/api/v1/")}
    return render(request, "web/api/page.html", context)


def openapi(_request: Request) -> JsonResponse:
    """The interface as an OpenAPI document."""
    return JsonResponse(document(), json_dumps_params={"indent": 2})


def institutions(request: Request) -> JsonResponse:
    """The institutions that the token's user may see."""
    rows = Institution.objects.filter(pk__in=[item.pk for item in seen(request)])
    return _listed(request, description.INSTITUTIONS, rows)


def runs(request: Request) -> JsonResponse:
    """Runs."""
    return _of_institution(request, description.RUNS)


def contacts(request: Request) -> JsonResponse:
    """Contacts."""
    return _of_institution(request, description.CONTACTS)


def conflicts(request: Request) -> JsonResponse:
    """Conflicts that wait."""
    return _of_institution(request, description.CONFLICTS)


def run(request: Request, run_id: int) -> JsonResponse:
    """One run."""
    _refuse_unknown(request, ())
    return JsonResponse(description.RUN.write(_run(request, run_id)))


def outcomes(request: Request, run_id: int) -> JsonResponse:
    """What a run did, person by person."""
    rows = PlanLine.objects.filter(run=_run(request, run_id))
    return _listed(request, description.OUTCOMES, rows)


def _run(request: Request, run_id: int) -> Run:
    found = Run.objects.filter(pk=run_id, institution__in=[item.pk for item in seen(request)]).first()
    if found is None:
        raise RefusedError(404, f"There is no run {run_id}, or its institution is not granted to the token's user.")
    return found


def _of_institution(request: Request, listed: Rows) -> JsonResponse:
    rows = description.rows_of(listed, institution_of(request))
    return _listed(request, listed, rows, also=("institution",))


def _listed(request: Request, listed: Rows, rows: QuerySet[Any], *, also: tuple[str, ...] = ()) -> JsonResponse:
    """One page of the rows that fit, and where the next one is."""
    _refuse_unknown(request, (*also, *PAGING, *(item.name for item in listed.parameters)))
    for parameter in listed.parameters:
        text = request.GET.get(parameter.name)
        if text is not None:
            rows = parameter.narrow(rows, _value(parameter.name, text, parameter.schema))
    limit = _limit(request.GET.get("limit"))
    field = listed.order.removeprefix("-")
    if (cursor := request.GET.get("cursor")) is not None:
        rows = rows.filter(**{f"{field}__{'lt' if listed.order.startswith('-') else 'gt'}": _opened(cursor)})
    found = list(rows.order_by(listed.order)[: limit + 1])
    more = len(found) > limit
    return JsonResponse(
        {
            listed.name: [listed.kind.write(row) for row in found[:limit]],
            "next": _next(request, getattr(found[limit - 1], field)) if more else None,
        }
    )


def _refuse_unknown(request: Request, known: Iterable[str]) -> None:
    names = tuple(known)
    unknown = sorted(set(request.GET) - set(names))
    if unknown:
        raise RefusedError(400, f"There is no parameter {unknown[0]}; there are: {', '.join(names) or 'none'}.")


def _value(name: str, text: str, schema: Schema) -> Any:
    """A parameter's value, read by its schema."""
    if "enum" in schema and text not in schema["enum"]:
        raise RefusedError(400, f"{name} is one of: {', '.join(schema['enum'])}.")
    if schema["type"] == "boolean":
        if text not in {"true", "false"}:
            raise RefusedError(400, f"{name} is true or false.")
        return text == "true"
    if schema.get("format") == "date":
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise RefusedError(400, f"{name} is a day such as 2026-11-23.") from error
    if len(text) > schema.get("maxLength", 100) or "\x00" in text:
        raise RefusedError(400, f"{name} is a text of at most {schema.get('maxLength', 100)} characters.")
    return text


def _limit(text: str | None) -> int:
    if text is None:
        return ROWS
    if not (text.isdecimal() and len(text) < 5 and 1 <= int(text) <= MOST_ROWS):
        raise RefusedError(400, f"limit is a number from 1 to {MOST_ROWS}.")
    return int(text)


def _next(request: Request, after: int) -> str:
    query = request.GET.copy()
    query["cursor"] = base64.urlsafe_b64encode(f"after {after}".encode()).decode().rstrip("=")
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def _opened(cursor: str) -> int:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        word, number = text.split(" ")
        if word == "after" and number.isdecimal() and len(number) < 19:
            return int(number)
    except (ValueError, binascii.Error):
        pass
    raise RefusedError(400, "cursor is not one of ours: take the address in `next` as it is.")
