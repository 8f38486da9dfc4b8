"""The form of one web prospect: every value that may be edited before it becomes a person."""

from __future__ import annotations

from typing import Any

from django import forms

from sonisbridge.core.arrival import FIELDS, ArrivalField, edited
from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.core.person import Codes
from sonisbridge.sync.prospects import Details
from sonisbridge.web.forms import DayInput

YES_NO = (("No", "No"), ("Yes", "Yes"))


class ProspectForm(forms.Form):
    """What SONIS will hold of the person; `edits` are the values that a user changed."""

    def __init__(self, details: Details, data: Any = None) -> None:
        self._details = details
        self._before = {field.name: text for field, text in details.rows()}
        initial = {
            name: ("Yes" if text == "yes" else "No") if name == "text_me" else text
            for name, text in self._before.items()
        }
        super().__init__(data, initial=initial)
        for field in FIELDS:
            self.fields[field.name] = _field(field, details.codes, self._before[field.name])

    def clean(self) -> dict[str, Any]:
        """The texts; one that cannot be has its error beside it."""
        given = super().clean() or {}
        for name in self._changed(given):
            try:
                edited(self._details.arrival, {name: given[name]}, self._details.codes)
            except WrongSettingsError as error:
                self.add_error(name, str(error))
        return given

    def _changed(self, given: dict[str, Any]) -> list[str]:
        return [name for name, text in given.items() if text != self.initial.get(name, "")]

    @property
    def edits(self) -> dict[str, str]:
        """What was changed, by name."""
        return {name: self.cleaned_data[name] for name in self._changed(self.cleaned_data)}


def _field(field: ArrivalField, codes: Codes, now: str) -> forms.Field:
    options: dict[str, Any] = {"label": field.title, "required": field.required}
    if field.kind == "yes":
        return forms.ChoiceField(choices=YES_NO, **options)
    if field.kind == "date":
        return forms.CharField(widget=DayInput(), **options)
    known: dict[str, str] = getattr(codes, field.codes) if field.codes else {}
    if known:
        rows = sorted(known.items(), key=lambda item: item[1].casefold())
        strange = [(now, f"{now} (no such code in SONIS)")] if now and now not in known else []
        return forms.ChoiceField(
            choices=[("", "–"), *strange, *((code, f"{text} ({code})") for code, text in rows)], **options
        )
    return forms.CharField(max_length=field.length or None, **options)
