"""The choices of an institution as a form: every one of them, grouped, with what it means and its default."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms

from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.core.policy import Policy
from sonisbridge.store import institutions
from sonisbridge.store.models import Institution
from sonisbridge.sync import setup

from .forms import zones


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One choice: how it is called on the page, what it means, and what can be chosen."""

    label: str
    help: str
    options: tuple[tuple[str, str], ...] = ()
    """Each value and its words; () = it is typed."""


GROUPS: Mapping[str, Mapping[str, Choice]] = {
    "Where the institution is": {
        "time_zone": Choice(label="Time zone", help="It decides on which day a contact was made, and when timed tasks run."),
        "country": Choice(label="Country", help="Two letters: the country of telephone numbers that do not name one."),
    },
    "What is sent": {
        "placeholder_birthdates": Choice(
            label="Dates that stand for no birthdate", help="As 1900-01-01; several are parted by commas."
        ),
        "program_as": Choice(
            label="Program of Interest is sent as", help="What a contact gets for the program of a person.",
            options=(("name", "The program's name"), ("code", "The program's code")),
        ),
        "term_template": Choice(
            label="How a term is written",
            help="{term} is the semester's text, {year} the calendar year, {code} the year code.",
        ),
        "term_years": Choice(
            label="Semesters whose calendar year the text does not tell",
            help="Fall and Autumn are in the first year of the school year, all others in the second, unless you say "
            "otherwise. As 1:first,2:second.",
        ),
        "account_name": Choice(
            label="Account of exported contacts",
            help="The name of the account in ActiveCampaign that exported contacts belong to. Blank for none.",
        ),
        "inquiry_type_code": Choice(
            label="Inquiry type of those who began in ActiveCampaign", help="Its code in SONIS.",
        ),
        "exclude_excl_mailing": Choice(
            label="Leave out people who are excluded from mailings", help="SONIS's own exclusion from mailings counts."
        ),
        "automations": Choice(
            label="Let an export start automations",
            help="Off, contacts go through the bulk importer, which can keep automations from starting.",
        ),
    },
    "What an import makes": {
        "import_mode": Choice(
            label="A new contact becomes", help="A web prospect waits until somebody makes a person of it.",
            options=(("stage", "A web prospect that waits"), ("direct", "A person at once, with status PS")),
        ),
        "unsubscribed_any_list": Choice(
            label="Leave out contacts that unsubscribed from any list",
            help="Off, a contact is left out that unsubscribed and is active on no list.",
        ),
        "hold_possible_duplicates": Choice(
            label="Hold possible duplicates for Review",
            help="A contact with the name or the address of somebody in SONIS waits for a user.",
        ),
    },
    "When an export is held": {
        "hold_changed_percent": Choice(
            label="Held above this share of the linked contacts, in percent",
            help="A plan that would change a larger share is held, when it also changes more contacts than the next number.",
        ),
        "hold_changed_count": Choice(label="and above this number of contacts", help="Both together hold a plan."),
        "contact_limit": Choice(
            label="Contacts that your ActiveCampaign plan allows",
            help="A plan that would go over it is held. Blank: this is not checked.",
        ),
    },
    "Between timed tasks": {
        "watch_minutes": Choice(
            label="Minutes between two looks at who changed in SONIS",
            help="Who changed is exported. From 1 to 1440; 0: nobody looks, and timed tasks alone export.",
        ),
    },
    "How fast": {
        "reserve": Choice(
            label="Requests a second left to other integrations",
            help="Of the 4.76 that are used at most; ActiveCampaign allows an account 5.",
        ),
        "bulk_one_per_minute": Choice(
            label="Bulk requests with one contact, a minute", help="As many as ActiveCampaign allows the account."
        ),
        "bulk_many_per_minute": Choice(
            label="Bulk requests with several contacts, a minute", help="As many as ActiveCampaign allows the account."
        ),
    },
}  # fmt: skip
_OTHERS = "Other choices"
YEARS = "term_years"
MOST_SEMESTERS = 40
"""With more of them than this, their years are typed as one text."""
_YEARS = (("", "As the text tells"), ("first", "The first year of the school year"), ("second", "The second year"))
LONGEST = 500


class ChoicesForm(forms.Form):
    """Every choice of an institution."""

    def __init__(self, institution: Institution, data: Any = None) -> None:
        self.policy = institutions.policy_of(institution)
        initial = {item.name: _shown(getattr(self.policy, item.name)) for item in dataclasses.fields(Policy)}
        super().__init__(data, initial=initial)
        self.semesters = {**institutions.codes_as_last_read(institution).semester}
        for code in self.policy.term_years:
            self.semesters.setdefault(code, "")
        for _title, choices in groups():
            for name, choice in choices.items():
                if name == YEARS and 0 < len(self.semesters) <= MOST_SEMESTERS:
                    self._add_semesters(choice)
                else:
                    self.fields[name] = _field(name, choice)

    def _add_semesters(self, choice: Choice) -> None:
        """A drop-down for each semester that SONIS has, in place of one text."""
        said = choice.help.partition(" As ")[0]
        for code, text in sorted(self.semesters.items()):
            field = forms.ChoiceField(
                label=f"Calendar year of {text or code}", choices=_YEARS, required=False, help_text=said,
                initial=self.policy.term_years.get(code, ""),
            )  # fmt: skip
            self.fields[f"{YEARS}.{code}"] = field

    @property
    def sections(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        """The fields, by group."""
        for title, choices in groups():
            names = [name for name in self.fields if name.partition(".")[0] in choices]
            yield title, [self[name] for name in names]

    def clean(self) -> dict[str, Any]:
        """The choices as `setup.change_all` takes them; one that cannot be has its error beside it."""
        given = super().clean() or {}
        texts = {name: _text(value) for name, value in given.items() if not name.startswith(f"{YEARS}.")}
        if YEARS not in self.fields:
            chosen = {code: given.get(f"{YEARS}.{code}", "") for code in self.semesters}
            texts[YEARS] = _text(_shown({code: year for code, year in chosen.items() if year}))
        for name, text in texts.items():
            try:
                setup.changed_policy(self.policy, name, text)
            except WrongSettingsError as error:
                self.add_error(name if name in self.fields else None, str(error).partition(": ")[2].capitalize())
        return texts

    @property
    def changes(self) -> dict[str, str]:
        """Those choices that are not as they were."""
        before = {name: _text(value) for name, value in self.initial.items()}
        return {name: text for name, text in self.cleaned_data.items() if text != before[name]}


def groups() -> Iterator[tuple[str, Mapping[str, Choice]]]:
    """Every choice by its group; one that has no words here yet comes last."""
    yield from GROUPS.items()
    known = {name for choices in GROUPS.values() for name in choices}
    others = [item.name for item in dataclasses.fields(Policy) if item.name not in known]
    if others:
        yield _OTHERS, {name: Choice(label=name.replace("_", " ").capitalize(), help="") for name in others}


def _field(name: str, choice: Choice) -> forms.Field:
    default = getattr(Policy(), name)
    said = f"Default: {_default(default, choice)}."
    common: dict[str, Any] = {"label": choice.label, "help_text": f"{choice.help} {said}".strip(), "required": False}
    if isinstance(default, bool):
        return forms.BooleanField(**common)
    if name == "time_zone":
        return forms.ChoiceField(choices=zones, **common)
    if choice.options:
        return forms.ChoiceField(choices=choice.options, **common)
    return forms.CharField(max_length=LONGEST, widget=forms.TextInput(attrs={"spellcheck": "false"}), **common)


def _default(value: Any, choice: Choice) -> str:
    if isinstance(value, bool):
        return "off"
    return dict(choice.options).get(str(value), "") or _shown(value) or "none"


def _shown(value: Any) -> Any:
    match value:
        case bool():
            return value
        case tuple():
            return ", ".join(day.isoformat() for day in value)
        case Mapping():
            return ", ".join(f"{code}:{year}" for code, year in value.items())
        case None:
            return ""
    return str(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).strip()
