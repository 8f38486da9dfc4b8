"""The forms of Notification Assignments and of groups."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from sonisbridge.core.errors import SonisbridgeError
from sonisbridge.core.notices import (
    CODE_LENGTH,
    NAME_LENGTH,
    TYPES,
    Method,
    NoticeType,
    ReminderType,
    code_problem,
    name_problem,
)
from sonisbridge.store import assignments
from sonisbridge.store.assignments import Member, Owner, Wanted
from sonisbridge.store.models import Institution
from sonisbridge.store.timed_models import Assignment, NoticeGroup
from sonisbridge.sync import notices

METHODS = {
    Method.EMAIL: "E-mail",
    Method.REMINDER: "Reminder",
    Method.BOTH: "E-mail and reminder",
    Method.NONE: "Neither",
}
REMINDER_TYPES = {
    ReminderType.NOTE: "Note: in the list of reminders, counted until it is read",
    ReminderType.ALERT: "Alert: also on top of every page until it is read",
}
ID_LENGTH = 40


def chosen_type(text: str) -> NoticeType | None:
    """The type of that name, None for what is none."""
    return NoticeType(text) if text in set(NoticeType) else None


class AssignmentForm(forms.Form):
    """An assignment of one type. Its owner is looked up in SONIS."""

    name = forms.CharField(
        label="Notification Name", max_length=NAME_LENGTH, help_text="The subject of the notice. At most 50 characters."
    )
    code = forms.CharField(
        label="Notification Code",
        max_length=CODE_LENGTH,
        help_text="A short version of the name, which no other has: letters, digits, hyphens. At most 20.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    group = forms.ModelChoiceField(
        label="Group Name", queryset=NoticeGroup.objects.none(), empty_label="Choose a group"
    )
    owner = forms.CharField(
        label="Notification Owner (SONIS ID)",
        max_length=ID_LENGTH,
        help_text="The person's e-mail address in SONIS is the sender.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    message = forms.CharField(
        label="Group Notification Message",
        required=False,
        help_text="The introduction. What the run did is appended to it.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    method = forms.ChoiceField(
        label="Group Notification Method", choices=[(str(key), word) for key, word in METHODS.items()]
    )
    reminder_type = forms.ChoiceField(
        label="Reminder Type", choices=[(str(key), word) for key, word in REMINDER_TYPES.items()]
    )
    with_people = forms.BooleanField(
        label="Also say what became of whom",
        required=False,
        help_text="Names and addresses then leave by e-mail. Without it the notice holds counts alone.",
    )

    def __init__(
        self, institution: Institution, notice_type: NoticeType, data: Any = None, *, row: Assignment | None = None
    ) -> None:
        self._institution, self._type, self._row = institution, notice_type, row
        super().__init__(data, initial=_initial(notice_type, row))
        self.fields["group"].queryset = assignments.groups(institution)  # type: ignore[attr-defined]
        self.fields["group"].label_from_instance = _group_label  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        """The subject of a notice."""
        name: str = self.cleaned_data["name"]
        if problem := name_problem(name):
            raise forms.ValidationError(problem)
        return name

    def clean_code(self) -> str:
        """A code that no other assignment has."""
        code: str = self.cleaned_data["code"]
        if problem := code_problem(code):
            raise forms.ValidationError(problem)
        others = assignments.all_of(self._institution).filter(code=code)
        if (others.exclude(pk=self._row.pk) if self._row else others).exists():
            raise forms.ValidationError(f"There is a notification with the code {code!r} already: choose another.")
        return code

    def clean_owner(self) -> Owner:
        """The person, as SONIS has them now; who owns it already is not asked for again."""
        sonis_id: str = self.cleaned_data["owner"]
        row = self._row
        if row is not None and row.owner_sonis_id == sonis_id:
            return Owner(sonis_id=sonis_id, address=row.owner_address, name=row.owner_name)
        try:
            return notices.checked_owner(self._institution, sonis_id)
        except SonisbridgeError as error:
            raise forms.ValidationError(str(error)) from error

    @property
    def wanted(self) -> Wanted:
        """The assignment that is asked for, once the form is valid."""
        given = self.cleaned_data
        return Wanted(
            type=self._type, name=given["name"], code=given["code"], group=given["group"], owner=given["owner"],
            message=given["message"], method=Method(given["method"]),
            reminder_type=ReminderType(given["reminder_type"]), with_people=given["with_people"],
        )  # fmt: skip


def _initial(notice_type: NoticeType, row: Assignment | None) -> dict[str, Any]:
    if row is None:
        words = TYPES[notice_type]
        return {"name": words.title, "message": words.message, "method": str(Method.EMAIL)}
    names = ("name", "code", "group", "message", "method", "reminder_type", "with_people")
    return {name: getattr(row, name) for name in names} | {"owner": row.owner_sonis_id}


def _group_label(group: NoticeGroup) -> str:
    many = len(group.members.all())
    return f"{group.name} ({many} {'member' if many == 1 else 'members'})"


_APART = re.compile(r"[\s,;]+")


class MembersForm(forms.Form):
    """Who is to be in a group. SONIS IDs are looked up in SONIS."""

    members = forms.CharField(
        label="Members",
        help_text="SONIS IDs or e-mail addresses, one on each line. The address of a SONIS ID is that of SONIS.",
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, institution: Institution, *arguments: Any, **more: Any) -> None:
        self._institution = institution
        super().__init__(*arguments, **more)

    def clean_members(self) -> list[Member]:
        """The members, as SONIS has them now."""
        given = [text for text in _APART.split(self.cleaned_data["members"]) if text]
        try:
            return notices.checked_members(self._institution, dict.fromkeys(given))
        except SonisbridgeError as error:
            raise forms.ValidationError(str(error)) from error


class GroupForm(MembersForm):
    """A new group."""

    name = forms.CharField(label="Group Name", max_length=NAME_LENGTH, help_text="For example: Admissions.")

    field_order = ("name", "members")

    def clean_name(self) -> str:
        """A name that no other group has."""
        name: str = self.cleaned_data["name"]
        if assignments.groups(self._institution).filter(name__iexact=name).exists():
            raise forms.ValidationError(f"There is a group {name!r} already: choose another name, or add to that one.")
        if name_problem(name):
            raise forms.ValidationError("A group needs a name of 1 to 50 characters on one line, such as Admissions.")
        return name
