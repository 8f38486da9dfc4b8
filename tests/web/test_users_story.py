"""A user's first day, in a real browser: added, let in, their own password, one-time codes, signed out."""

from __future__ import annotations

from sonisbridge.core.roles import Role

from .test_second_factor import code

CHOSEN = "a password of her own"


def test_somebody_is_added_comes_in_and_sets_codes_up(page_of, institution):
    administrator = page_of(Role.ADMINISTRATOR)
    administrator.goto("/users/")
    administrator.get_by_role("link", name="Add a user").click()
    administrator.get_by_label("Username").fill("ana")
    administrator.get_by_label("Role").select_option("operator")
    administrator.get_by_role("button", name="Add the user").click()
    password = administrator.locator(".secret").inner_text()

    ana = page_of(None)
    ana.goto("/")
    ana.get_by_label("Username or e-mail").fill("ana")
    ana.get_by_label("Password").fill(password)
    ana.get_by_role("button", name="Sign in").click()
    assert ana.locator("h1").inner_text() == "Choose a password"
    ana.get_by_label("Password of now").fill(password)
    ana.get_by_label("New password", exact=True).fill(CHOSEN)
    ana.get_by_label("New password, again").fill(CHOSEN)
    ana.get_by_role("button", name="Choose it").click()
    assert ana.locator("h1").inner_text() == "Your account"

    ana.get_by_role("link", name="Set up one-time codes").click()
    ana.get_by_label("Password").fill(CHOSEN)
    ana.get_by_role("button", name="Go on").click()
    assert ana.locator("img.qr").evaluate("image => image.naturalWidth") > 0
    secret = ana.locator(".secret").inner_text()
    ana.get_by_label("One-time code").fill(code(secret))
    ana.get_by_role("button", name="Switch on").click()
    recovery = ana.locator(".codes code").first.inner_text()
    ana.get_by_role("link", name="I have kept them").click()
    ana.get_by_role("button", name="Sign out").click()

    ana.get_by_label("Username or e-mail").fill("ana")
    ana.get_by_label("Password").fill(CHOSEN)
    ana.get_by_role("button", name="Sign in").click()
    ana.get_by_label("One-time code").fill(recovery)
    ana.get_by_role("button", name="Sign in").click()
    ana.goto("/my-account/")
    assert "9 recovery codes are left" in ana.content()

    administrator.goto("/users/")
    administrator.get_by_role("link", name="ana", exact=True).click()
    administrator.get_by_role("button", name="Deactivate").click()
    administrator.locator("#deactivate").get_by_role("button", name="Deactivate").click()
    assert "cannot sign in any more" in administrator.content()
    ana.goto("/my-account/")
    assert ana.locator("h1").inner_text() == "Sign in"
