"""The one sentence on Home: what matters most comes first."""

from __future__ import annotations

import pytest

from sonisbridge.core.standing import LastRun, Mood, Situation, standing

WELL = LastRun(status="succeeded")
ALL_WELL = Situation(last_export=WELL, last_import=WELL)


@pytest.mark.parametrize(
    ("now", "mood", "text"),
    [
        (Situation(), Mood.LOOK, "Nothing was exported yet: start with a preview."),
        (ALL_WELL, Mood.WELL, "Everything agrees."),
        (
            Situation(last_export=WELL, conflicts=1),
            Mood.LOOK,
            "Everything else agrees; 1 conflict waits for a decision.",
        ),
        (Situation(last_export=WELL, last_import=LastRun(status="failed")), Mood.WRONG, "The last import failed."),
        (
            Situation(last_export=LastRun(status="succeeded_with_problems", problems=2), conflicts=3),
            Mood.LOOK,
            "2 records had problems in the last runs.",
        ),
        (
            Situation(last_export=LastRun(status="failed"), held=True),
            Mood.LOOK,
            "A plan is held: look at it, then send it or drop it.",
        ),
        (Situation(going="import", held=True), Mood.BUSY, "An import is going on."),
        (Situation(going="comparison"), Mood.BUSY, "A comparison is going on."),
    ],
)
def test_what_matters_most_is_said(now: Situation, mood: Mood, text: str):
    assert (standing(now).mood, standing(now).text) == (mood, text)
