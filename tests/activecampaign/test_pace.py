"""The limits hold: no second over the rate, no minute over the quota (rules 4.2 and 14, P6)."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonisbridge.activecampaign.limits import REQUESTS_PER_SECOND
from sonisbridge.activecampaign.pace import Cost, LastSecond, LocalPace, slot_seconds

from .anything import patiently


class Clock:
    """A clock that moves only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Move on."""
        assert seconds > 0
        self.now += seconds


def a_pace(**settings) -> tuple[LocalPace, Clock]:
    clock = Clock()
    return LocalPace(clock=clock, sleep=clock.sleep, **settings), clock


def most_within(starts: list[float], window: float) -> int:
    """The most starts in any window of that length, its end left out."""
    return max(sum(start <= other < start + window for other in starts) for start in starts)


def test_the_slot_is_210_ms_and_the_reserve_makes_it_longer():
    assert slot_seconds(reserve=0) == pytest.approx(0.210)
    assert slot_seconds() == pytest.approx(0.2499, abs=0.001)
    assert slot_seconds(reserve=0, time_scale=60) == pytest.approx(0.0035)


costs = st.lists(st.sampled_from(list(Cost)), min_size=1, max_size=150)
idle = st.floats(min_value=0, max_value=3)


@patiently
@given(costs=costs, pauses=st.lists(idle, max_size=150))
def test_no_second_and_no_minute_is_over_its_limit(costs, pauses):
    pace, clock = a_pace(reserve=0)
    starts: list[tuple[float, Cost]] = []
    for place, cost in enumerate(costs):
        clock.now += pauses[place] if place < len(pauses) else 0
        pace.wait(cost)
        starts.append((clock.now, cost))
    assert most_within([at for at, _ in starts], 1.0) <= REQUESTS_PER_SECOND
    for cost, most in ((Cost.BULK_ONE, 20), (Cost.BULK_MANY, 100)):
        mine = [at for at, one in starts if one is cost]
        assert not mine or most_within(mine, 60.0) <= most


def test_the_rate_is_used_up_to_the_full():
    pace, clock = a_pace(reserve=0)
    for _ in range(100):
        pace.wait(Cost.REQUEST)
    assert clock.now - 1000 == pytest.approx(99 * 0.210)


def test_a_used_up_quota_leaves_other_requests_alone():
    pace, clock = a_pace(reserve=0)
    for _ in range(20):
        pace.wait(Cost.BULK_ONE)
    before = clock.now
    pace.wait(Cost.REQUEST)
    pace.wait(Cost.BULK_MANY)
    assert clock.now - before == pytest.approx(2 * 0.210)


def test_a_push_back_of_requests_holds_everything_back():
    pace, clock = a_pace(reserve=0)
    pace.push_back(30, Cost.REQUEST)
    pace.push_back(5, Cost.REQUEST)
    pace.wait(Cost.BULK_MANY)
    assert clock.now == pytest.approx(1030)


def test_a_push_back_of_a_quota_holds_only_that_back():
    pace, clock = a_pace(reserve=0)
    pace.push_back(30, Cost.BULK_MANY)
    pace.wait(Cost.REQUEST)
    assert clock.now == 1000
    pace.wait(Cost.BULK_MANY)
    assert clock.now == pytest.approx(1030)


def test_a_request_already_waiting_is_pushed_back_too():
    clock = Clock()

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        if clock.now < 1001:
            pace.push_back(10, Cost.REQUEST)

    pace = LocalPace(reserve=0, clock=clock, sleep=sleep)
    pace.wait(Cost.REQUEST)
    pace.wait(Cost.REQUEST)
    assert clock.now >= 1010


def test_threads_share_the_rate_for_real():
    pace = LocalPace(reserve=0, time_scale=10)
    starts: list[float] = []

    def work() -> None:
        for _ in range(8):
            pace.wait(Cost.REQUEST)
            starts.append(time.monotonic())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(starts) - min(starts) >= 31 * 0.021 - 0.01


def test_a_slot_is_left_out_while_others_use_the_account():
    pace, clock = a_pace(reserve=0)
    departure = pace.wait(Cost.REQUEST)
    pace.told(departure, limit=5, left=4)
    pace.wait(Cost.REQUEST)
    assert clock.now == pytest.approx(1000.21)
    alone = [pace.wait(Cost.REQUEST) for _ in range(5)][-1]
    pace.told(alone, limit=5, left=0)
    pace.wait(Cost.REQUEST)
    before = clock.now
    clock.now += 10
    pace.told(pace.wait(Cost.REQUEST), limit=5, left=0)
    pace.wait(Cost.REQUEST)
    assert before == pytest.approx(1000 + 7 * 0.21)
    assert clock.now - before == pytest.approx(10 + 2 * 0.21)


def test_one_that_starts_late_keeps_the_sixth_out_of_its_second():
    clock = Clock()
    last = LastSecond(clock=clock, sleep=clock.sleep)
    starts = []
    for late in (0, 0.2, 0.2, 0.2, 0.1, 0.0):
        clock.now += late
        departure = last.start()
        departure.answered = clock.now + 0.01
        starts.append(clock.now)
    assert most_within(starts, 1.0) <= REQUESTS_PER_SECOND
    assert starts[-1] == pytest.approx(starts[0] + 1.03)


def test_an_answer_that_took_longer_than_usual_arrived_late():
    clock = Clock()
    last = LastSecond(clock=clock, sleep=clock.sleep)
    for took in [0.2] * 12 + [0.35] + [0.2] * 4:
        departure = last.start()
        departure.kind, departure.answered = "GET /contacts", clock.now + took
        clock.now += 0.21
    before = clock.now - 5 * 0.21
    last.start()
    assert clock.now == pytest.approx(before + 1.17, abs=0.02)
