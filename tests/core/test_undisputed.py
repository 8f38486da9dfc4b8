"""Who is undisputed is decided as the Matcher decides with everybody before it, and so is everybody else without them."""

from __future__ import annotations

from hypothesis import event, given, settings

from sonisbridge.core.contact import ContactId
from sonisbridge.core.matching import ContactHead, ContactIndex, Known, Match, Matched, Matcher, NoAddress, addresses_of
from sonisbridge.core.outcome import Reason
from sonisbridge.core.person import Identity, SonisId
from sonisbridge.core.undisputed import Undisputed
from sonisbridge.core.values import email_key

from .test_matching import ADA, a_head, ada, ben, known
from .test_matching_properties import contacts, people, settled_before


def around(person: Identity, heads: list[ContactHead], linked: ContactId | None) -> ContactIndex:
    """The contacts that `Undisputed.look` is to be given."""
    keys = {email_key(email) for email in addresses_of(person)} - {""}
    return ContactIndex(
        head
        for head in heads
        if head.contact_id == linked or head.sonis_id == person.sonis_id or email_key(head.email) in keys
    )


def looked(everybody: list[Identity], heads: list[ContactHead], settled: Known) -> Undisputed:
    found = Undisputed(refused={sonis_id for sonis_id, _contact_id in settled.not_same})
    for person in everybody:
        linked = settled.links.get(person.sonis_id)
        found.look(person, linked, around(person, heads, linked))
    return found


def apart(everybody: list[Identity], heads: list[ContactHead], settled: Known) -> dict[SonisId, Match | None]:
    """Everybody's match, of which the Matcher is asked about the disputed alone, with the contacts around them alone."""
    alone = looked(everybody, heads, settled)
    disputed = [person for person in everybody if person.sonis_id in alone.disputed]
    near = {head.contact_id: head for person in disputed for head in around(
        person, heads, settled.links.get(person.sonis_id)).by_id.values()}  # fmt: skip
    links = {
        sonis_id: contact_id
        for sonis_id, contact_id in settled.links.items()
        if sonis_id in alone.disputed or contact_id in near
    }
    matcher = Matcher(
        disputed,
        ContactIndex(near.values()),
        Known(links=links, decided=settled.decided, not_same=settled.not_same),
        known_ids={person.sonis_id for person in everybody},
    )
    return {
        person.sonis_id: matcher.match(person.sonis_id)
        if person.sonis_id in alone.disputed
        else alone.matches.get(person.sonis_id)
        for person in everybody
    }


@settings(max_examples=600)
@given(people(), contacts(), settled_before())
def test_everybody_has_the_match_that_the_matcher_gives_with_everybody_before_it(
    everybody: list[Identity], heads: list[ContactHead], settled: Known
):
    whole = Matcher(everybody, ContactIndex(heads), settled)
    found = apart(everybody, heads, settled)
    assert found == {person.sonis_id: whole.match(person.sonis_id) for person in everybody}
    event(f"{sum(1 for match in found.values() if isinstance(match, Matched))} matched")


def test_a_linked_person_with_an_address_of_their_own_is_undisputed():
    settled = known({"1": "7"})
    found = looked([ada(), ben()], [a_head("7", ADA, "Ada Byron", "1")], settled)
    assert found.disputed == set()
    assert isinstance(found.matches[SonisId("1")], Matched)


def test_two_who_want_one_address_are_disputed_also_when_one_would_rather_have_another():
    people = [ada(), ben(email2=ADA.upper()), ben("3", email="cal@x.edu")]
    assert looked(people, [], known()).disputed == {"1", "2"}


def test_who_came_first_and_was_taken_as_agreed_is_disputed_when_another_wants_their_address():
    found = Undisputed()
    found.claim(SonisId("1"), [email_key(ADA)])
    found.look(ada("2"), None, ContactIndex([]))
    assert found.disputed == {"1", "2"}


def test_who_has_no_address_is_undisputed():
    found = looked([ada(email="")], [], known())
    assert found.matches == {"1": NoAddress(reason=Reason.NO_EMAIL)}
    assert found.disputed == set()
