"""The filters of an export, as a page says them."""

from __future__ import annotations

from datetime import date

from sonisbridge.core.filters import Filters, in_words


def test_filters_are_said_with_the_texts_of_their_codes():
    filters = Filters(status=("PS", "AP"), program=("X",), received_from=date(2026, 9, 1))
    texts = {"status": {"PS": "Prospect", "AP": "Applicant"}}
    assert in_words(filters, texts) == "Status Prospect or Applicant; Program X; Received from 1 Sep 2026"


def test_no_filter_is_everybody():
    assert in_words(Filters(), {}) == "Everybody"


def test_many_values_are_counted():
    assert in_words(Filters(sonis_id=tuple("ABCDEF")), {}) == "SONIS ID A, B, C or 3 more"
