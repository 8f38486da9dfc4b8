"""Person: why is this so? And the search box that leads there."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from sonisbridge.core.roles import Role
from tests.flows.pair import Pair


@pytest.fixture
def ana(pair: Pair) -> str:
    """Somebody whose contact was made by an export and changed in ActiveCampaign since; the path of her page."""
    pair.school.add("AB1", "Ana", "Lima", "ana@example.edu", city="Nashville")
    pair.export()
    contact = pair.contact("ana@example.edu")
    assert contact is not None
    pair.change_contact(contact["id"], {"Home_City": "Memphis"})
    pair.import_(preview=True)
    return f"/{pair.institution.pk}/people/AB1/"


def test_a_person_is_explained_field_by_field(client_of, pair: Pair, ana: str):
    text = client_of(Role.VIEWER).get(ana).content.decode()
    for expected in (
        "The next export changes 1 field.",
        '<del class="changed-from">Memphis</del> <ins class="changed-to">Nashville</ins>',
        "changed to Nashville; it was changed in ActiveCampaign",
        "an export made the contact",
        "Created a contact with",
        "None: nobody changed a mapped field",
    ):
        assert expected in text
    pair.export()
    text = client_of(Role.VIEWER).get(ana).content.decode()
    assert "ActiveCampaign says what SONIS says" in text
    assert "<td>Memphis</td><td>Nashville</td>" in text, "the edit that was overwritten"


def test_one_side_only_says_what_would_link_it(client_of, pair: Pair):
    pair.school.add("AB1", "Ana", "Lima", "ana@example.edu")
    pair.school.add("AB2", "Fay", "Cult", "fay@example.edu", status="FA")
    text = client_of(Role.VIEWER).get(f"/{pair.institution.pk}/people/AB1/").content.decode()
    assert "No contact is this person&#x27;s." in text or "No contact is this person's." in text
    assert "its SONIS_ID is AB1" in text
    assert "The next export creates a contact" in text
    text = client_of(Role.VIEWER).get(f"/{pair.institution.pk}/people/AB2/").content.decode()
    assert "No export reads this person" in text
    assert client_of(Role.VIEWER).get(f"/{pair.institution.pk}/people/NOBODY/").status_code == 404


def test_a_person_who_is_gone_from_sonis_still_shows_what_was_done(client_of, pair: Pair, ana: str):
    pair.school.alter("DELETE FROM name")
    text = client_of(Role.VIEWER).get(ana).content.decode()
    assert "SONIS has no name record AB1" in text
    assert "Created a contact with" in text


def test_a_person_is_shown_also_while_sonis_does_not_answer(client_of, institution):
    text = client_of(Role.VIEWER).get(f"/{institution.pk}/people/AB1/").content.decode()
    assert "SONIS could not be asked about this person" in text


def test_the_search_box_opens_the_one_person_or_lists_them(client_of, pair: Pair):
    pair.school.add("AB1", "Ana", "Lima", "ana@example.edu")
    pair.school.add("AB2", "Jo", "Limb", "jo@example.edu")
    other = pair.make_contact("other@example.org", "New", "Limestone")
    pair.import_(preview=True)
    client = client_of(Role.VIEWER)
    search = f"/{pair.institution.pk}/search/"

    def led_to(asked: str) -> str:
        return str(client.get(search, {"q": asked}).headers.get("Location", ""))

    person = f"/{pair.institution.pk}/people/AB1/"
    assert led_to("ab1") == led_to("Ana Lima") == led_to("ANA@example.edu") == person
    assert led_to("limestone") == f"/{pair.institution.pk}/contacts/{other}/"
    several = client.get(search, {"q": "lim"}).content.decode()
    assert all(name in several for name in ("Ana Lima", "Jo Limb", "New Limestone"))
    assert "fits “nobody here”" in client.get(search, {"q": "nobody here"}).content.decode()
    assert "Type a SONIS ID" in client.get(search).content.decode()


def test_a_value_changed_in_activecampaign_is_read_again_and_seen(page_of, pair: Pair, ana: str):
    contact = pair.contact("ana@example.edu")
    assert contact is not None
    page = page_of(Role.OPERATOR, viewport={"width": 360, "height": 740})
    page.goto("/")
    page.get_by_label("Find a person").fill("ana lima")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{ana}")
    pair.change_contact(contact["id"], {"Home_City": "Chattanooga"})
    page.get_by_role("button", name="Read again").click()
    page.get_by_text("This is what ActiveCampaign says now.").wait_for()
    assert "Chattanooga" in page.get_by_role("region", name="Field by field").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    found = [item for item in Axe().run(page).response["violations"] if item["impact"] in {"serious", "critical"}]
    assert found == []
