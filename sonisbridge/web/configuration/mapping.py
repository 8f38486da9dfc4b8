"""The Mappings section: what its buttons do, its file, and the example beside its rows."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import render

from sonisbridge.core.contact import FieldId
from sonisbridge.core.errors import SonisbridgeError, WrongSettingsError
from sonisbridge.core.field_mapping import FieldMapping, MappingProblem
from sonisbridge.core.mapping_file import read_mapping, write_mapping
from sonisbridge.store import institutions
from sonisbridge.sync import connecting, schema, setup
from sonisbridge.sync.sample import sample_of
from sonisbridge.web.pages import Request

from .sheet import FIELD, Sheet, posted, sheet_of, slug, with_suggestions

LARGEST_FILE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a button of the Mappings section."""

    sheet: Sheet
    saved: bool = False
    note: str = ""
    """What was done, in a sentence."""


def act(request: Request) -> Answer:
    """Do what the button asks. Whatever comes of it, what was typed is in the sheet."""
    typed = posted(request.POST)
    try:
        return _DO.get(request.POST.get("do", ""), _submit)(request, typed)
    except SonisbridgeError as error:
        return Answer(sheet=sheet_of(request.institution, typed, error=str(error)))


def _submit(request: Request, typed: FieldMapping) -> Answer:
    problems = setup.submit_mapping(request.institution, typed, by=request.who)
    if problems:
        return _refused(request, typed, problems)
    many = len(typed.rows)
    return Answer(
        sheet=sheet_of(request.institution), saved=True,
        note=f"The field mapping is in force: {many} data points are mapped.",
    )  # fmt: skip


def _refused(request: Request, typed: FieldMapping, problems: list[MappingProblem]) -> Answer:
    return Answer(sheet=sheet_of(request.institution, typed, problems))


def _suggest(request: Request, typed: FieldMapping) -> Answer:
    filled = with_suggestions(typed, institutions.fields_as_last_read(request.institution))
    return _looked_at(request, filled, _suggested(len(filled.rows) - len(typed.rows)))


def _suggested(many: int) -> str:
    if not many:
        return "No other data point has a free contact field of its usual title."
    return f"{many} data points were given the contact field of their usual title. Look at them, then submit."


def _create(request: Request, typed: FieldMapping) -> Answer:
    titles = set(request.POST.getlist("create"))
    if not titles:
        raise WrongSettingsError("No field was chosen: tick those that are to be created.")
    made = setup.create_fields(request.institution, by=request.who, titles=titles, translations=typed.translations)
    filled = with_suggestions(typed, institutions.fields_as_last_read(request.institution))
    many = "1 contact field was" if len(made) == 1 else f"{len(made)} contact fields were"
    return _looked_at(request, filled, f"{many} created in ActiveCampaign. Look at what goes where, then submit.")


def _file(request: Request, _typed: FieldMapping) -> Answer:
    text = text_of(request.FILES.get("file"), "mapping file")
    read = read_mapping(text, institutions.fields_as_last_read(request.institution))
    return _looked_at(request, read, f"The file maps {len(read.rows)} data points. Look at them, then submit.")


def _read(request: Request, typed: FieldMapping) -> Answer:
    connecting.read_again(request.institution)
    return _looked_at(request, typed, "The contact fields and the codes of SONIS were read again.")


def _looked_at(request: Request, mapping: FieldMapping, note: str) -> Answer:
    return Answer(sheet=sheet_of(request.institution, mapping), note=note)


_DO = {"submit": _submit, "suggest": _suggest, "create": _create, "file": _file, "read": _read}


def text_of(file: UploadedFile | None, what: str) -> str:
    """The text of an uploaded file, whatever it holds. Raises WrongSettingsError with the mend when it is none."""
    if file is None:
        raise WrongSettingsError(f"No {what} was chosen.")
    if file.size is None or file.size > LARGEST_FILE:
        raise WrongSettingsError(f"The {what} is larger than a million bytes: it is not one of ours.")
    try:
        return str(file.read().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise WrongSettingsError(f"The {what} is not UTF-8 text: save it as UTF-8.") from error


def mapping_file(request: Request) -> HttpResponse:
    """The field mapping in force as a TOML file."""
    row = request.institution
    text = write_mapping(institutions.field_mapping(row), institutions.fields_as_last_read(row))
    return _toml(text, "mapping.toml")


def schema_file(request: Request) -> HttpResponse:
    """The whole schema file in force, the usual names written out."""
    return _toml(schema.shown(request.institution), "schema.toml")


def _toml(text: str, name: str) -> HttpResponse:
    answer = HttpResponse(text, content_type="application/toml; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def sample(request: Request) -> HttpResponse:
    """The example beside the rows: one person as both sides have them now."""
    found, error = None, ""
    try:
        found = sample_of(request.institution, request.GET.get("sonis_id", "")[:40])
    except SonisbridgeError as problem:
        error = str(problem)
    chosen = institutions.field_mapping(request.institution)
    cells = []
    if found is not None:
        for key, value in found.sonis.items():
            row = chosen.row(key)
            field_id = request.GET.get(f"{FIELD}{key}", row.field_id if row else "")
            theirs = found.contact.get(FieldId(field_id), "") if field_id else ""
            cells.append({"slug": slug(key), "sonis": value, "theirs": theirs.strip("|").replace("||", ", ")})
    return render(
        request, "web/configuration/sample.html",
        {"sample": found, "cells": cells, "error": error, "asked": request.GET.get("sonis_id", "").strip()},
    )  # fmt: skip
