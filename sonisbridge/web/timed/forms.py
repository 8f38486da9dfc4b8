"""The form of a schedule."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from sonisbridge.core.schedule import Frequency, Schedule, next_due_times, problems
from sonisbridge.store.schedules import TASK
from sonisbridge.web.forms import DayInput

SHOWN = 5
"""So many of the next runs are shown."""


class ClockInput(forms.TimeInput):
    """A time of day, by the browser's own field for it."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class ScheduleForm(forms.Form):
    """When the task starts by itself, on the clocks of the institution."""

    task = forms.ChoiceField(
        label="Task Name", choices=[(TASK, TASK)], help_text="Runs the import, and after it the export."
    )
    frequency = forms.ChoiceField(
        label="Frequency", choices=[(str(item), str(item).capitalize()) for item in Frequency]
    )
    start_date = forms.DateField(label="Start Date", widget=DayInput)
    start_time = forms.TimeField(label="Time", widget=ClockInput)
    end_date = forms.DateField(
        label="End Date", required=False, widget=DayInput, help_text="Without one it goes on until it is removed."
    )
    end_time = forms.TimeField(
        label="End Time", required=False, widget=ClockInput, help_text="Without one, the end of that day."
    )

    def __init__(self, *arguments: Any, zone: ZoneInfo, now: datetime, **more: Any) -> None:
        self._zone, self._now = zone, now
        super().__init__(*arguments, **more)

    @classmethod
    def first_times(cls, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
        """What a new schedule is offered: every hour from the next full one on."""
        local = now.astimezone(zone).replace(tzinfo=None) + timedelta(hours=1)
        return {"task": TASK, "frequency": "hourly", "start_date": local.date(), "start_time": time(local.hour)}

    def clean(self) -> dict[str, Any]:
        """Refuse times at which nothing would ever start."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        found = problems(self.schedule)
        for problem in found:
            self.add_error(
                "end_time" if "end time" in problem else "end_date" if cleaned["end_date"] else None, problem
            )
        if not found and not self.due:
            self.add_error("start_date", "All its times are past, so nothing would ever start: give later ones.")
        return cleaned

    @property
    def schedule(self) -> Schedule:
        """What was typed, once each field is good."""
        given = self.cleaned_data
        return Schedule(
            frequency=Frequency(given["frequency"]), start_date=given["start_date"], start_time=given["start_time"],
            end_date=given["end_date"], end_time=given["end_time"], zone=self._zone,
        )  # fmt: skip

    @property
    def due(self) -> tuple[datetime, ...]:
        """The next runs of what was typed."""
        return next_due_times(self.schedule, self._now, SHOWN)
