"""The Person and Contact pages say what the next run does: each person and contact is compared with a real preview."""

from __future__ import annotations

import random
from datetime import date

import pytest

from sonisbridge.core.contact import ContactId
from sonisbridge.core.person import SonisId
from sonisbridge.core.plan import CreateContact, UpdateContact
from sonisbridge.store.links import Links
from sonisbridge.store.mirror import ContactMirror
from sonisbridge.store.models import Decision, Run
from sonisbridge.sync import neighbourhood, prospects
from sonisbridge.sync.contact import import_story
from sonisbridge.sync.person import Story, asked, read_again
from tests.flows.pair import Pair

NAMES = [("Ana", "Lima"), ("Jo", "Reyes"), ("JO", "Reyes"), ("José", "Peña"), ("Kim", "de  la Cruz"), ("Sam", "Roe")]
NICKNAMES = ["", "Joey", "Sam"]
STATUSES = ["PS", "PS", "AP", "ST", "AL", "FA"]


def an_untidy_school(pair: Pair, rolls: random.Random, *, people: int, contacts: int) -> None:
    """People who share names and addresses at random, and contacts that claim them at random."""
    pool = [f"{'P' if rolls.random() < 0.3 else 'p'}erson{number}@example.edu" for number in range(people // 2)]
    ids = [f"AB{number:07d}" for number in range(people)]
    for sonis_id in ids:
        first, last = rolls.choice(NAMES)
        pair.school.add(
            sonis_id,
            first,
            last,
            rolls.choice([*pool, "", "not an address"]),
            email2=rolls.choice([*pool, " ", " "]),
            status=rolls.choice(STATUSES),
            since=rolls.choice([date(2026, 1, 2), date(2026, 3, 4)]),
            nickname=rolls.choice(NICKNAMES) or " ",
            disabled=rolls.random() < 0.1,
            deceased=rolls.random() < 0.05,
        )
    made = []
    for email in rolls.sample(pool, min(contacts, len(pool))):
        first, last = rolls.choice([*NAMES, ("", ""), ("Somebody", "Else")])
        carried = {"SONIS_ID": rolls.choice([*ids, "GONE00001"])} if rolls.random() < 0.4 else {}
        made.append(pair.make_contact(email.lower(), first, last, **carried))
    links = Links(pair.institution)
    for contact_id in rolls.sample(made, len(made) // 3):
        how, by = rolls.choice([("decision", "test"), ("name-email", ""), ("import", "")])
        links.keep(SonisId(rolls.choice(ids)), ContactId(contact_id), how=how, run=None, by=by)
    for contact_id in rolls.sample(made, len(made) // 3):
        Decision.objects.create(
            institution=pair.institution, action="not-same", sonis_id=rolls.choice(ids), contact_id=contact_id, by="t"
        )
    for reason in ("email-in-use", "shared-email"):
        Decision.objects.create(
            institution=pair.institution, action="ignore", sonis_id=rolls.choice(ids), reason=reason, by="t"
        )


def told(pair: Pair) -> dict[str, Story]:
    """Every person of the school, explained before the run that is to be compared."""
    with asked(pair.institution) as explainer:
        return {person.sonis_id: explainer.story(person.sonis_id) for person in explainer.sonis.people()}


def assert_the_preview_says_the_same(stories: dict[str, Story], run: Run) -> None:
    lines = {line.sonis_id: line for line in run.lines.all()}
    read = [sonis_id for sonis_id, story in stories.items() if story.line is not None]
    assert run.counts["read"] == len(read)
    for sonis_id, story in stories.items():
        line = lines.get(sonis_id)
        assert (story.outcome if story.outcome != "unchanged" else "") == (line.planned if line else ""), sonis_id
        if line is None:
            continue
        match story.line:
            case CreateContact(fields=fields):
                assert {key: after for key, (_before, after) in line.change.items()} == dict(fields)
            case UpdateContact(fields=changes, contact_id=contact_id):
                assert line.contact_id == int(contact_id)
                assert line.change == {key: [item.before, item.after] for key, item in changes.items()}
            case _:
                assert story.message == line.message


@pytest.mark.parametrize(
    "seed", [1, 2, pytest.param(3, marks=pytest.mark.full), pytest.param(4, marks=pytest.mark.full)]
)
def test_every_person_is_explained_as_the_next_preview_plans_them(pair: Pair, seed: int):
    an_untidy_school(pair, random.Random(seed), people=40, contacts=16)
    pair.import_(preview=True)  # fills the mirror, which the pages look at
    before = told(pair)
    assert_the_preview_says_the_same(before, pair.export(preview=True))
    assert len({story.outcome for story in before.values()}) >= 4
    pair.export()
    assert_the_preview_says_the_same(told(pair), pair.export(preview=True))


def test_people_around_whom_many_stand_are_explained_by_everybody(pair: Pair, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(neighbourhood, "MANY", 2)
    for number in range(6):
        pair.school.add(f"AB{number}", "Ana", f"Lima{number}", "office@example.edu")
    pair.make_contact("office@example.edu", "Ana", "Lima3")
    pair.import_(preview=True)
    assert_the_preview_says_the_same(told(pair), pair.export(preview=True))


def test_a_person_made_of_a_web_prospect_is_explained_with_the_contact_that_became_it(pair: Pair):
    pair.make_contact("ana@example.edu", "Ana", "Lima")
    pair.import_()
    ((_prospect, sonis_id),) = prospects.convert(pair.institution, None, by="test")
    pair.school.change("address", sonis_id, e_mail="other@example.edu")
    stories = told(pair)
    assert stories[sonis_id].contact is not None
    assert_the_preview_says_the_same(stories, pair.export(preview=True))


def test_every_contact_is_explained_as_the_next_import_decides(pair_with):
    pair = pair_with(hold_possible_duplicates=True)
    an_untidy_school(pair, random.Random(7), people=30, contacts=12)
    for number, (first, last) in enumerate([*NAMES, ("New", "Person")]):
        pair.make_contact(f"new{number}@example.org", first, last)
    pair.import_(preview=True)
    with asked(pair.institution) as explainer:
        mirror = ContactMirror(pair.institution)
        assert mirror.sonis_id_field is not None
        contacts = {contact.contact_id: contact for contact in mirror.without(mirror.sonis_id_field)}
        stories = {
            key: import_story(pair.institution, explainer.sonis, contact, carries="")
            for key, contact in contacts.items()
        }
    run = pair.import_(preview=True)
    lines = {str(line.contact_id): line for line in run.lines.all()}
    assert lines.keys() == stories.keys()
    for key, story in stories.items():
        assert (story.outcome, story.reason) == (lines[key].planned, lines[key].reason), key
    assert {story.reason for story in stories.values()} >= {"possible-duplicate", ""}


def test_reading_again_shows_what_activecampaign_says_now(pair: Pair):
    pair.school.add("AB1", "Ana", "Lima", "ana@example.edu", city="Nashville")
    pair.export()
    contact = pair.contact("ana@example.edu")
    assert contact is not None
    contact_id = contact["id"]
    pair.change_contact(contact_id, {"Home_City": "Memphis"})
    assert told(pair)["AB1"].outcome == "unchanged"
    assert read_again(pair.institution, ContactId(contact_id))
    assert told(pair)["AB1"].outcome == "updated"
    (field,) = [field for field in told(pair)["AB1"].fields if field.data_point == "address.city"]
    assert (field.held, field.wanted, field.last_sent) == ("Memphis", "Nashville", "Nashville")
    assert field.why == "changed to Nashville; it was changed in ActiveCampaign"


def test_reading_a_contact_again_that_is_gone_forgets_it(pair: Pair):
    contact_id = pair.make_contact("ana@example.edu", "Ana", "Lima")
    pair.import_(preview=True)
    pair.http.delete(f"/contacts/{contact_id}")
    assert not read_again(pair.institution, ContactId(contact_id))
    assert not ContactMirror(pair.institution).contacts([ContactId(contact_id)])
