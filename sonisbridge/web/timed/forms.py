"""The form of a timed task, with the names that SONIS gives its fields (rule 9)."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any

from django import forms

from sonisbridge.core.schedule import Frequency, Schedule, problems
from sonisbridge.store.schedules import TASK
from sonisbridge.web.forms import DayInput


class TimeInput(forms.TimeInput):
    """A time of day, by the browser's own control."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class ScheduleForm(forms.Form):
    """When imports and exports start by themselves."""

    task = forms.ChoiceField(label="Task Name", choices=[(TASK, TASK)], help_text="An import, and then an export.")
    frequency = forms.ChoiceField(
        label="Frequency", choices=[(str(item), str(item).capitalize()) for item in Frequency], initial=Frequency.HOURLY
    )
    start_date = forms.DateField(label="Start Date", widget=DayInput())
    start_time = forms.TimeField(
        label="Time", widget=TimeInput(), help_text="Hourly counts from this time; the others run at it."
    )
    end_date = forms.DateField(label="End Date", widget=DayInput(), required=False, help_text="Blank: it has no end.")
    end_time = forms.TimeField(
        label="End Time", widget=TimeInput(), required=False, help_text="Blank: the whole End Date counts."
    )

    def __init__(self, zone: tzinfo, data: Any = None, *, schedule: Schedule | None = None, today: Any = None) -> None:
        self._zone = zone
        known: dict[str, Any] = {"start_date": today, "frequency": str(Frequency.HOURLY)}
        if schedule is not None:
            names = ("start_date", "start_time", "end_date", "end_time")
            known = {name: getattr(schedule, name) for name in names} | {"frequency": str(schedule.frequency)}
        super().__init__(data, initial=known)

    def clean(self) -> dict[str, Any]:
        """What was given; what cannot be together is told."""
        given = super().clean() or {}
        if not self.errors:
            for text in problems(self._schedule(given)):
                self.add_error("end_date" if "end" in text.lower() else "start_date", text)
        return given

    @property
    def schedule(self) -> Schedule:
        """The schedule of a form that is good."""
        return self._schedule(self.cleaned_data)

    def _schedule(self, given: dict[str, Any]) -> Schedule:
        names = ("start_date", "start_time", "end_date", "end_time")
        return Schedule(
            frequency=Frequency(given["frequency"]), zone=self._zone, **{name: given[name] for name in names}
        )


def today(now: datetime, zone: tzinfo) -> Any:
    """The day there."""
    return now.astimezone(zone).date()
