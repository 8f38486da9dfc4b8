"""What matching holds to whatever people and contacts there are (rules 5.2 to 5.4, 14)."""

from __future__ import annotations

import dataclasses

from hypothesis import event, given, settings
from hypothesis import strategies as st

from sonisbridge.core.contact import ContactId
from sonisbridge.core.matching import (
    ContactHead,
    ContactIndex,
    Known,
    Match,
    MatchConflict,
    Matched,
    Matcher,
    Unmatched,
)
from sonisbridge.core.person import Identity, SonisId
from sonisbridge.core.values import email_key

from .test_matching import ADA, BEN, a_head, known

# Small alphabets, so that people and contacts collide all the time.
IDS = ["1", "2", "3", "10"]
CONTACT_IDS = ["7", "8", "9", "10", "11"]
NAMES = st.sampled_from(["Ada Byron", "Ada Byron", "ada byron", "Ben Adams", "Ben Adams", "Bill Byron", ""])
EMAILS = st.sampled_from([ADA, ADA, "ADA@x.edu", BEN, BEN, "cal@x.edu", "", "no address"])


@st.composite
def people(draw: st.DrawFn) -> list[Identity]:
    found = []
    for sonis_id in draw(st.permutations(IDS))[: draw(st.integers(1, 4))]:
        first, _blank, last = draw(NAMES).partition(" ")
        person = Identity(
            sonis_id=SonisId(sonis_id),
            first_name=first,
            last_name=last,
            nickname=draw(st.sampled_from(["", "Bill"])),
            email=draw(EMAILS),
            email2=draw(EMAILS),
            status=draw(st.sampled_from(["PS", "PS", "ST", "AL", ""])),
            disabled=draw(st.sampled_from([False, False, False, True])),
        )
        found.append(person)
    return found


@st.composite
def contacts(draw: st.DrawFn) -> list[ContactHead]:
    """An account; now and then an old one, where two contacts hold one address."""
    old = draw(st.sampled_from([False, False, False, True]))
    held: set[str] = set()
    found = []
    for contact_id in draw(st.permutations(CONTACT_IDS))[: draw(st.integers(1, 5))]:
        email = draw(EMAILS)
        if not old and email_key(email) in held:
            email = ""
        held.add(email_key(email))
        sonis_id = draw(st.sampled_from(["", "", "", "", *IDS, "99"]))
        found.append(a_head(contact_id, email, draw(NAMES), sonis_id))
    return found


@st.composite
def settled_before(draw: st.DrawFn) -> Known:
    linked = draw(st.lists(st.sampled_from([*IDS, "98"]), unique=True, max_size=3))
    targets = draw(st.permutations([*CONTACT_IDS, "12"]))
    pairs = st.tuples(st.sampled_from(IDS), st.sampled_from(CONTACT_IDS))
    return known(
        dict(zip(linked, targets, strict=False)),
        decided=draw(st.frozensets(st.sampled_from(linked))) if linked else frozenset(),
        not_same=draw(st.frozensets(pairs, max_size=2)),
    )


@dataclasses.dataclass(frozen=True)
class World:
    people: list[Identity]
    contacts: list[ContactHead]
    known: Known

    def matches(self) -> dict[str, Match]:
        found = Matcher(self.people, ContactIndex(self.contacts), self.known)
        pairs = {person.sonis_id: found.match(person.sonis_id) for person in self.people}
        return {key: match for key, match in pairs.items() if match is not None}

    def matched(self) -> dict[str, Matched]:
        found = {key: item for key, item in self.matches().items() if isinstance(item, Matched)}
        for item in found.values():
            event(f"matched by {item.how}")
        return found

    def head(self, contact_id: str) -> ContactHead:
        return next(head for head in self.contacts if head.contact_id == contact_id)

    def linked_to(self) -> dict[str, str]:
        """Contacts to existing people, by links that hold: a refusal undoes one that nobody decided."""
        there = {person.sonis_id for person in self.people}
        return {
            contact_id: sonis_id
            for sonis_id, contact_id in self.known.links.items()
            if sonis_id in there
            and (sonis_id in self.known.decided or (sonis_id, contact_id) not in self.known.not_same)
        }


worlds = st.builds(World, people(), contacts(), settled_before())
many = settings(max_examples=200)


@many
@given(worlds, st.randoms(use_true_random=False))
def test_the_order_of_people_and_contacts_never_matters(world, random):
    shuffled = World(
        random.sample(world.people, len(world.people)),
        random.sample(world.contacts, len(world.contacts)),
        dataclasses.replace(world.known, links=dict(reversed(world.known.links.items()))),
    )
    assert world.matches() == shuffled.matches()
    orphans = Matcher(world.people, ContactIndex(world.contacts), world.known).orphans()
    again = Matcher(shuffled.people, ContactIndex(shuffled.contacts), shuffled.known).orphans()
    assert orphans == again


@many
@given(worlds)
def test_everybody_who_competes_has_one_match_and_nobody_else(world):
    competing = {item.sonis_id for item in world.people if item.status and not item.disabled}
    assert set(world.matches()) == competing


@many
@given(worlds)
def test_nobody_is_matched_to_another_persons_contact(world):
    there = {person.sonis_id for person in world.people}
    linked_to = world.linked_to()
    for sonis_id, found in world.matched().items():
        carried = world.head(found.contact_id).sonis_id
        assert carried == sonis_id or carried not in there
        assert linked_to.get(found.contact_id, sonis_id) == sonis_id


@many
@given(worlds)
def test_no_contact_is_matched_to_two_people(world):
    found = [item.contact_id for item in world.matched().values()]
    assert len(found) == len(set(found))


@many
@given(worlds)
def test_a_sonis_id_that_names_nobody_is_only_overruled_by_a_user(world):
    for sonis_id, found in world.matched().items():
        if world.head(found.contact_id).sonis_id not in {"", sonis_id}:
            assert sonis_id in world.known.decided


@many
@given(worlds)
def test_nobody_is_matched_to_a_contact_that_a_user_refused(world):
    for sonis_id, found in world.matched().items():
        refused = (sonis_id, found.contact_id) in world.known.not_same
        assert not refused or sonis_id in world.known.decided


@many
@given(worlds)
def test_no_two_people_are_sent_one_address(world):
    sent = [item.email for item in world.matches().values() if isinstance(item, Matched | Unmatched)]
    assert len(sent) == len(set(map(email_key, sent)))


@many
@given(worlds)
def test_an_address_that_is_sent_is_held_by_nobody_but_the_own_contact(world):
    for found in world.matches().values():
        if isinstance(found, Matched | Unmatched):
            own = found.contact_id if isinstance(found, Matched) else ""
            holders = {head.contact_id for head in world.contacts if email_key(head.email) == email_key(found.email)}
            assert holders <= {own}


@many
@given(worlds)
def test_a_sent_address_is_one_that_sonis_has_for_the_person(world):
    by_id = {person.sonis_id: person for person in world.people}
    for sonis_id, found in world.matches().items():
        if isinstance(found, Matched | Unmatched):
            person = by_id[sonis_id]
            assert found.email in {email_key(person.email), email_key(person.email2)}


@many
@given(worlds)
def test_a_conflict_names_contacts_that_are_there_and_proposes_one_of_them(world):
    there = {head.contact_id for head in world.contacts}
    for sonis_id, found in world.matches().items():
        if isinstance(found, MatchConflict):
            assert set(found.contact_ids) <= there
            assert list(found.contact_ids) == sorted(set(found.contact_ids), key=int)
            assert found.proposed is None or found.proposed in found.contact_ids
            assert found.other_person != sonis_id


@many
@given(worlds)
def test_a_contact_that_is_proposed_is_nobodys_yet(world):
    taken = {item.contact_id for item in world.matched().values()} | set(world.linked_to())
    for found in world.matches().values():
        if isinstance(found, MatchConflict) and found.proposed:
            assert found.proposed not in taken
            assert not world.head(found.proposed).sonis_id


def after_a_run(world: World) -> World:
    """The world once everything that may be sent was sent, and whose contact is whose was kept."""
    heads = {head.contact_id: head for head in world.contacts}
    by_id = {person.sonis_id: person for person in world.people}
    links = dict(world.known.links)
    for number, (sonis_id, found) in enumerate(sorted(world.matches().items())):
        if not isinstance(found, Matched | Unmatched):
            continue
        contact_id = found.contact_id if isinstance(found, Matched) else ContactId(str(100 + number))
        before = heads.get(contact_id, ContactHead(contact_id=contact_id))
        heads[contact_id] = dataclasses.replace(
            before,
            email=found.email,
            first_name=by_id[SonisId(sonis_id)].first_name,
            last_name=by_id[SonisId(sonis_id)].last_name,
            sonis_id=before.sonis_id or sonis_id,
        )
        links = {key: value for key, value in links.items() if value != contact_id}
        links[SonisId(sonis_id)] = contact_id
    return World(world.people, list(heads.values()), dataclasses.replace(world.known, links=links))


@many
@given(worlds)
def test_whoever_was_sent_is_found_again_with_the_same_address(world):
    """The next run finds nothing to do for them (rule 14, P2)."""
    after = after_a_run(world).matches()
    for sonis_id, found in world.matches().items():
        if isinstance(found, Matched | Unmatched):
            again = after[sonis_id]
            assert isinstance(again, Matched)
            assert again.email == found.email
            if isinstance(found, Matched):
                assert again.contact_id == found.contact_id


@many
@given(worlds)
def test_what_waits_for_a_rename_settles_within_a_few_runs(world):
    """An address that its contact leaves in one run is free in the next; after that nothing moves."""
    runs = 0
    while (after := after_a_run(world)).contacts != world.contacts:
        world, runs = after, runs + 1
        assert runs <= len(IDS) + 1
    event(f"{runs} runs wrote")
