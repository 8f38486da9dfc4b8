"""Who may send which address (rule 5.3)."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonisbridge.core.addresses import Claim, allot
from sonisbridge.core.person import EXPORTED_STATUSES, SonisId
from sonisbridge.core.values import email_key

ADA, BEN, CAL = "ada@x.edu", "ben@x.edu", "cal@x.edu"


def a_claim(sonis_id: str, *wanted: str, status: str = "PS", holds: str = "", has_contact: bool = False) -> Claim:
    return Claim(
        sonis_id=SonisId(sonis_id),
        wanted=wanted,
        status=status,
        holds=holds,
        has_contact=has_contact or bool(holds),
    )


def test_an_address_that_one_person_wants_is_theirs():
    found = allot([a_claim("1", ADA), a_claim("2", BEN)])
    assert found.addresses == {"1": ADA, "2": BEN}
    assert found.owners == {ADA: "1", BEN: "2"}


def test_a_person_without_a_good_address_gets_none():
    assert allot([a_claim("1")]).addresses == {}


@pytest.mark.parametrize(("better", "worse"), list(itertools.pairwise(EXPORTED_STATUSES)))
def test_a_shared_address_goes_by_status(better: str, worse: str):
    found = allot([a_claim("1", ADA, status=worse), a_claim("2", ADA, status=better)])
    assert found.addresses == {"2": ADA}


def test_a_status_that_is_not_exported_comes_last():
    found = allot([a_claim("1", ADA, status="CO"), a_claim("2", ADA, status="AL")])
    assert found.owners == {ADA: "2"}


def test_equal_claims_go_by_the_lowest_sonis_id_which_is_text():
    assert allot([a_claim("9", ADA), a_claim("10", ADA)]).owners == {ADA: "10"}


def test_a_linked_person_comes_before_a_better_status():
    linked = a_claim("2", ADA, status="AL", has_contact=True)
    assert allot([a_claim("1", ADA, status="ST"), linked]).owners == {ADA: "2"}


def test_whoever_holds_the_address_comes_before_everybody():
    holder = a_claim("2", ADA, status="AL", holds=ADA)
    linked = a_claim("1", ADA, status="ST", has_contact=True)
    assert allot([linked, holder]).owners == {ADA: "2"}


def test_who_loses_a_shared_address_sends_email_2():
    found = allot([a_claim("1", ADA), a_claim("2", ADA, BEN)])
    assert found.addresses == {"1": ADA, "2": BEN}


def test_nobody_loses_an_address_to_the_email_2_of_a_better_claim():
    loser = a_claim("2", ADA, BEN, status="AP")
    found = allot([a_claim("1", ADA, status="ST"), loser, a_claim("3", BEN, status="AL")])
    assert found.addresses == {"1": ADA, "3": BEN}


def test_an_address_that_a_contact_holds_stays_with_a_person_whose_email_2_it_is():
    first, second = a_claim("1", ADA, holds=ADA), a_claim("2", ADA, BEN, holds=BEN)
    newcomer = a_claim("3", BEN, CAL, status="ST")
    assert allot([first, second, newcomer]).addresses == {"1": ADA, "2": BEN, "3": CAL}


def test_a_link_made_with_email_2_wins_nobody_elses_address():
    by_email_2 = a_claim("2", ADA, BEN, holds=BEN)
    assert allot([a_claim("1", ADA), by_email_2]).addresses == {"1": ADA, "2": BEN}
    assert allot([by_email_2]).addresses == {"2": ADA}


def test_one_address_in_two_cases_is_one_address():
    assert allot([a_claim("1", "ADA@x.edu"), a_claim("2", ADA)]).addresses == {"1": "ADA@x.edu"}


addresses = st.sampled_from([ADA, BEN, CAL])


@st.composite
def many_claims(draw: st.DrawFn) -> list[Claim]:
    count = draw(st.integers(0, 6))
    return [
        a_claim(
            str(number),
            *draw(st.lists(addresses, max_size=2, unique=True)),
            status=draw(st.sampled_from(EXPORTED_STATUSES)),
            holds=draw(st.one_of(st.just(""), addresses)),
            has_contact=draw(st.booleans()),
        )
        for number in range(count)
    ]


@given(many_claims(), st.randoms(use_true_random=False))
def test_the_order_of_claims_never_matters(claims, random):
    shuffled = random.sample(claims, len(claims))
    assert allot(claims) == allot(shuffled)


@given(many_claims())
def test_an_address_is_one_persons_and_a_person_has_one(claims):
    found = allot(claims)
    wanted = {claim.sonis_id: claim.wanted for claim in claims}
    assert found.owners == {email_key(email): key for key, email in found.addresses.items()}
    assert all(email in wanted[sonis_id] for sonis_id, email in found.addresses.items())


@given(many_claims())
def test_an_address_that_somebody_wants_is_never_left_over(claims):
    assert {email for claim in claims for email in claim.wanted} >= set(allot(claims).owners)
    without = [claim for claim in claims if claim.sonis_id not in allot(claims).addresses]
    assert all(email in allot(claims).owners for claim in without for email in claim.wanted)


@given(many_claims())
def test_nobody_is_passed_over_for_a_worse_claim(claims):
    found = allot(claims)
    by_id = {claim.sonis_id: claim for claim in claims}
    for claim in claims:
        got = found.addresses.get(claim.sonis_id)
        better = claim.wanted[: claim.wanted.index(got)] if got else claim.wanted
        for choice, email in enumerate(better):
            owner = by_id[found.owners[email]]
            assert owner.order_for(owner.wanted.index(email)) < claim.order_for(choice)
