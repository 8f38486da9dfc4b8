"""Conflicts and web prospects by the command line: listed, decided, remembered, converted (rules 5.4 and 7.5)."""

from __future__ import annotations

from typing import Any

from tests.cli.conftest import Joined


def contact(joined: Joined, email: str, first: str, last: str, **values: str) -> str:
    """A contact as somebody in ActiveCampaign would make it; custom values by title."""
    titles = {row["title"]: row["id"] for row in joined.account.get("/fields", limit=100)["fields"]}
    body = {
        "email": email, "firstName": first, "lastName": last,
        "fieldValues": [{"field": titles[title], "value": value} for title, value in values.items()],
    }  # fmt: skip
    return str(joined.account.api.post("/contacts", json={"contact": body}).json()["contact"]["id"])


def waiting(joined: Joined) -> list[dict[str, Any]]:
    """The conflicts that wait."""
    found: list[dict[str, Any]] = joined.bridge.json("conflicts", "list")["conflicts"]
    return found


def one_conflict(joined: Joined) -> tuple[str, str]:
    """A person whose address somebody else's contact holds: the conflict's number and the contact's id."""
    joined.school.add("AB1", "Ana", "Lima", "ana@example.edu")
    held = contact(joined, "ana@example.edu", "Bo", "Fox")
    assert joined.bridge.json("export", "--yes", status=1)["counts"]["conflict"] == 1
    (found,) = waiting(joined)
    assert (found["reason"], found["sonis_id"], found["contact_ids"]) == ("email-in-use", "AB1", [held])
    return str(found["conflict"]), held


def test_a_conflict_that_is_linked_is_sent(joined: Joined):
    number, held = one_conflict(joined)
    assert joined.bridge.ok("conflicts", "resolve", number, "link", "--contact-id", held) == (
        "Decided 1 conflict: link. The next export acts on it.\n"
    )
    assert waiting(joined) == []
    assert joined.bridge.json("export", "--yes")["counts"]["updated"] == 1
    assert joined.account.contact("ana@example.edu")["lastName"] == "Lima"
    assert joined.bridge.json("export")["counts"]["unchanged"] == 1


def test_a_conflict_that_is_ignored_is_not_told_again(joined: Joined):
    number, _held = one_conflict(joined)
    joined.bridge.ok("conflicts", "resolve", number, "ignore")
    for _ in range(2):
        document = joined.bridge.json("export", "--yes", "--outcomes")
        assert [line["reason"] for line in document["outcomes"]] == ["ignored"]
        assert waiting(joined) == []


def test_not_the_same_is_remembered_and_the_contact_left_alone(joined: Joined):
    number, held = one_conflict(joined)
    joined.bridge.ok("conflicts", "resolve", number, "not-same", "--contact-id", held)
    for _ in range(2):
        document = joined.bridge.run("export", "--yes", "--json", "--outcomes").json
        (line,) = document["outcomes"]
        assert line["outcome"] in {"conflict", "skipped"}
        assert joined.account.contact("ana@example.edu")["lastName"] == "Fox"
    assert len(joined.account.world()["contacts"]) == 1


def test_a_group_is_decided_at_once_or_not_at_all(joined: Joined):
    joined.school.add("AB1", "Ana", "Lima", "ana@example.edu")
    joined.school.add("AB2", "Bea", "Mora", "bea@example.edu")
    contact(joined, "ana@example.edu", "Bo", "Fox")
    contact(joined, "bea@example.edu", "Cy", "Gray")
    contact(joined, "one@example.org", "Ana", "Other", SONIS_ID="AB3")
    contact(joined, "two@example.org", "Ana", "Other", SONIS_ID="AB3")
    joined.school.add("AB3", "Dora", "Nunez", "dora@example.edu")
    joined.bridge.json("export", "--yes", status=1)
    reasons = [row["reason"] for row in waiting(joined)]
    assert reasons == ["duplicate-sonis-id", "email-in-use", "email-in-use"]
    everyone = [str(row["conflict"]) for row in waiting(joined)]
    assert "Say which contact with --contact-id" in joined.bridge.refused(
        2, "conflicts", "resolve", *everyone, "not-same"
    )
    assert len(waiting(joined)) == 3
    assert joined.bridge.json("conflicts", "list", "--reason", "shared-email") == {"conflicts": []}
    decided = joined.bridge.json("conflicts", "resolve", "--reason", "email-in-use", "ignore")
    assert (len(decided["decided"]), decided["action"]) == (2, "ignore")
    joined.bridge.json("export", "--yes", status=1)
    assert [row["reason"] for row in waiting(joined)] == ["duplicate-sonis-id"]


def test_of_two_contacts_with_one_sonis_id_the_right_one_is_linked(joined: Joined):
    joined.school.add("AB3", "Dora", "Nunez", "dora@example.edu")
    first = contact(joined, "one@example.org", "Dora", "Nunez", SONIS_ID="AB3")
    contact(joined, "two@example.org", "Dora", "Other", SONIS_ID="AB3")
    joined.bridge.json("export", "--yes", status=1)
    (found,) = waiting(joined)
    joined.bridge.ok("conflicts", "resolve", str(found["conflict"]), "link", "--contact-id", first)
    assert joined.bridge.json("export", "--yes")["counts"]["updated"] == 1
    assert joined.account.contact("dora@example.edu")["id"] == first


def test_web_prospects_are_listed_and_converted_once(joined: Joined):
    for number in range(3):
        contact(joined, f"new{number}@example.org", "New", f"Person{number}")
    assert joined.bridge.json("import")["counts"]["created"] == 3
    found = joined.bridge.json("prospects", "list")["prospects"]
    assert [set(row) for row in found] == [
        {"prospect", "submitted", "program", "contact_id", "possible_duplicates"}
    ] * 3
    one = found[0]["prospect"]
    (made,) = joined.bridge.json("prospects", "convert", one)["converted"]
    assert joined.bridge.json("prospects", "convert", one)["converted"] == [made]
    assert len(joined.bridge.json("prospects", "convert", "--all")["converted"]) == 2
    assert joined.bridge.json("prospects", "convert", "--all") == {"converted": [], "left_out": []}
    assert joined.bridge.ok("prospects", "convert", "--all") == "No web prospect waits.\n"
    assert joined.bridge.ok("prospects", "list") == "No web prospect waits.\n"
    assert len(joined.school.rows("SELECT soc_sec FROM name")) == 3
    assert joined.bridge.json("export", "--yes")["counts"]["updated"] == 3
    values = joined.account.values(joined.account.contact("new0@example.org")["id"]).values()
    assert made["sonis_id"] in values
    assert len(joined.account.world()["contacts"]) == 3
