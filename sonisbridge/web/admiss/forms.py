"""The filters of an export, as a form (rule 16)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.forms import BoundField

from sonisbridge.core.filters import TITLES, Filters
from sonisbridge.sync.filtering import Choices
from sonisbridge.web.forms import DayInput

CODES = ("status", "campus", "division", "department", "level", "program", "school_year", "semester", "inquiry_type",
         "refer_by")  # fmt: skip
RANGES = (("received_from", "received_to", "Date received"), ("entry_from", "entry_to", "Program entry date"))
MOST_IDS = 1000


class ExportForm(forms.Form):
    """Whom an export is about. Any of the values of one filter will do, and every filter must be met."""

    sonis_id = forms.CharField(
        label=TITLES["sonis_id"], required=False, max_length=20 * MOST_IDS,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "autocomplete": "off"}),
        help_text="One or several, parted by blanks or commas.",
    )  # fmt: skip
    agency = forms.CharField(
        label=TITLES["agency"], required=False, max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The admissions representative as SONIS has it; one a line.",
    )  # fmt: skip

    def __init__(self, *arguments: Any, offered: Choices, **more: Any) -> None:
        more.setdefault("auto_id", "filter_%s")
        super().__init__(*arguments, **more)
        for name in CODES:
            texts = offered.get(name, {})
            self.fields[name] = forms.MultipleChoiceField(
                label=TITLES[name], required=False, widget=forms.CheckboxSelectMultiple,
                choices=[(code, _choice(code, text)) for code, text in texts.items()],
                error_messages={"invalid_choice": "SONIS offers no %(value)s any more: choose again."},
            )  # fmt: skip
        for first, last, _title in RANGES:
            for name in (first, last):
                self.fields[name] = forms.DateField(label=TITLES[name], required=False, widget=DayInput)

    def clean_sonis_id(self) -> tuple[str, ...]:
        """The SONIS IDs, each once."""
        found = tuple(dict.fromkeys(re.split(r"[\s,;]+", self.cleaned_data["sonis_id"].strip())))
        if len(found) > MOST_IDS:
            raise forms.ValidationError(f"Give {MOST_IDS:,} at most; for more people use the other filters.")
        return tuple(item for item in found if item)

    def clean_agency(self) -> tuple[str, ...]:
        """The agencies, each once."""
        lines = (line.strip() for line in self.cleaned_data["agency"].splitlines())
        return tuple(dict.fromkeys(line for line in lines if line))

    def clean(self) -> dict[str, Any]:
        """A range must not end before it begins."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        for first, last, title in RANGES:
            begins, ends = values.get(first), values.get(last)
            if begins and ends and ends < begins:
                self.add_error(last, f"{title}: the last day is before the first.")
        return values

    @property
    def filters(self) -> Filters:
        """The filters, once the form is valid."""
        chosen: dict[str, Any] = {}
        for name in TITLES:
            value = self.cleaned_data.get(name)
            if value:
                chosen[name] = tuple(value) if isinstance(value, list | tuple) else value
        return Filters(**chosen)

    def object_to(self, problems: Mapping[str, tuple[str, ...]]) -> None:
        """Say beside each filter what SONIS knows nothing of."""
        for name, sentences in problems.items():
            for sentence in sentences:
                self.add_error(name, sentence)

    @property
    def of_codes(self) -> Iterator[tuple[BoundField, int]]:
        """The filters of codes that SONIS offers anything for, each with how many are chosen."""
        for name in CODES:
            if self.fields[name].choices:  # type: ignore[attr-defined]
                yield self[name], len(self[name].value() or [])

    @property
    def days(self) -> Iterator[tuple[str, BoundField, BoundField]]:
        """The ranges of days."""
        for first, last, title in RANGES:
            yield title, self[first], self[last]


def as_query(document: Mapping[str, Any]) -> str:
    """The filters of a run as the query that fills them in again."""
    parted_by = {"sonis_id": " ", "agency": "\n"}
    filled = {name: parted_by[name].join(value) if name in parted_by else value for name, value in document.items()}
    return urlencode(filled, doseq=True)


def _choice(code: str, text: str) -> str:
    return text if text == code else f"{text} ({code})"
