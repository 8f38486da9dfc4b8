"""What the bulk importer answers, in all its spellings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonisbridge.activecampaign.bulk import (
    BulkState,
    bulk_accepted,
    bulk_info,
    bulk_outstanding,
    bulk_rejected,
)
from sonisbridge.core.errors import RetryLaterError, SkipRecordError

from .anything import anything, patiently


@pytest.mark.parametrize(
    "data",
    [
        {"Success": 1, "queued_contacts": 3, "batchId": "b-1", "message": "queued"},
        {"success": 3, "queued_contacts": "3", "batchId": "b-1"},
        {"success": "1", "queuedContacts": 3, "batch_id": "b-1"},
    ],
)
def test_a_queued_batch_is_known_by_its_id(data):
    accepted = bulk_accepted(data)
    assert (accepted.batch_id, accepted.queued) == ("b-1", 3)


def test_an_answer_without_a_batch_id_may_have_queued_it():
    with pytest.raises(RetryLaterError) as caught:
        bulk_accepted({"success": 1})
    assert caught.value.sent


def test_refused_rows_are_counted_from_one_there_and_from_zero_here():
    reasons = [
        {"contact": 1, "failureReason": "Field 'email' incorrect format"},
        {"contact": "230", "failureReason": "Field 'email' incorrect format"},
    ]
    rejected = bulk_rejected({"success": 0, "failureReasons": reasons}, sent=250)
    assert set(rejected.reasons) == {0, 229}
    assert isinstance(rejected, SkipRecordError)


def test_an_account_that_counts_from_zero_is_understood():
    reasons = [{"contact": 0, "failureReason": "x"}, {"contact": 2, "failureReason": "y"}]
    assert bulk_rejected({"failureReasons": reasons}, sent=3).reasons == {0: "x", 2: "y"}


def test_general_reasons_fit_no_row():
    rejected = bulk_rejected({"failureReasons": ["Payload too large"]}, sent=3)
    assert rejected.reasons == {}
    assert rejected.general == ("Payload too large",)


def test_without_any_reason_the_message_is_the_reason():
    assert bulk_rejected({"success": 0, "message": "No."}, sent=3).general == ("No.",)


def test_a_reason_names_nobody():
    reasons = [{"contact": 1, "failureReason": "'ada@x.test' incorrect"}]
    rejected = bulk_rejected({"failureReasons": reasons}, sent=1)
    assert "ada" not in rejected.reasons[0] + str(rejected)


refusals = st.dictionaries(st.sampled_from(["failureReasons", "message"]), anything)


@patiently
@given(data=refusals, sent=st.integers(1, 5))
def test_a_refusal_never_points_at_a_row_that_was_not_sent(data, sent):
    assert all(0 <= place < sent for place in bulk_rejected(data, sent=sent).reasons)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (False, BulkState.WAITING),
        ("waiting", BulkState.WAITING),
        ("claimed", BulkState.CLAIMED),
        ("active", BulkState.ACTIVE),
        ("Completed", BulkState.COMPLETED),
        ("failed", BulkState.FAILED),
        ("interrupted", BulkState.INTERRUPTED),
        ("something new", BulkState.WAITING),
        (None, BulkState.WAITING),
    ],
)
def test_the_state_of_a_batch(status, state):
    assert bulk_info({"status": status}).state is state


def test_only_three_states_are_final():
    final = [state.value for state in BulkState if state.final]
    assert final == ["completed", "failed", "interrupted"]


def test_success_is_ids_and_failure_is_addresses():
    info = bulk_info({"status": "completed", "success": ["1", 2], "failure": ["a@x.test"]})
    assert (info.success, info.failure) == (["1", "2"], ["a@x.test"])


def test_what_waits_is_added_up_over_the_days():
    days = [{"batches": "3", "contacts": "750"}, {"batches": 1, "contacts": 4}]
    assert bulk_outstanding({"outstanding": days}) == 754
    assert bulk_outstanding({"outstanding": []}) == 0


def test_what_is_not_said_is_not_known():
    assert bulk_outstanding({}) is None
    assert bulk_outstanding({"outstanding": [{"batches": "3"}]}) is None
