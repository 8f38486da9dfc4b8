"""How forms look: a label, the field, help, errors beside it and in a summary above; nothing typed is lost."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Forms and fields by our templates."""

    form_template_name = "web/forms/form.html"
    field_template_name = "web/forms/field.html"


class FilterForm(forms.Form):
    """The filters of a list, sent by GET so that they stand in the address bar. Every field may be left alone."""

    q = forms.CharField(label="Search", required=False, max_length=200, strip=True)

    search_hint = ""
    """What can be searched for."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        more.setdefault("auto_id", "filter_%s")
        super().__init__(*arguments, **more)
        for field in self.fields.values():
            field.required = False
        if self.search_hint:
            self.fields["q"].widget.attrs["placeholder"] = self.search_hint
        else:
            del self.fields["q"]

    def narrow(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that fit the filters. A filter that cannot be read narrows nothing and says so beside its field."""
        return rows

    def given(self, name: str) -> Any:
        """What was chosen in a field, None or "" when nothing good was."""
        self.is_valid()
        return self.cleaned_data.get(name)

    @property
    def in_force(self) -> bool:
        """Whether anything is filtered."""
        self.is_valid()
        return any(value not in (None, "", [], False) for value in self.cleaned_data.values())


def choices(*pairs: tuple[str, str], every: str = "All") -> list[tuple[str, str]]:
    """Choices of a filter: all of them first."""
    return [("", every), *pairs]


class DayInput(forms.DateInput):
    """A day, by the browser's own calendar."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")
