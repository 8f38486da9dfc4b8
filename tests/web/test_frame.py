"""What stands around every page."""

from __future__ import annotations

from sonisbridge.core.roles import Role

from .site import PASSWORD, a_user


def test_who_is_not_signed_in_is_asked_to(page_of, institution):
    a_user(Role.VIEWER)
    page = page_of(None)
    page.goto(f"/{institution.pk}/runs/")
    page.get_by_label("Username or e-mail").fill("viewer")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    assert page.url.endswith(f"/{institution.pk}/runs/")
    assert page.locator("h1").inner_text() == "Runs"


def test_the_rail_leads_where_the_role_may_go_and_nowhere_else(client_of, institution):
    viewer = client_of(Role.VIEWER).get(f"/{institution.pk}/").content.decode()
    assert "Contacts" in viewer
    assert "API Configuration" not in viewer
    administrator = client_of(Role.ADMINISTRATOR).get(f"/{institution.pk}/").content.decode()
    assert "API Configuration" in administrator


def test_an_institution_that_was_not_granted_is_no_page(client_of, institution):
    other = type(institution).objects.create(name="Other", sonis_url="-", endpoint="https://other.invalid", token="-")
    client = client_of(Role.ADMINISTRATOR, other)
    assert client.get(f"/{institution.pk}/").status_code == 404
    assert client.get(f"/{other.pk}/").status_code == 200
