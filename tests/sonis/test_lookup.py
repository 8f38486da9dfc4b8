"""People found by what somebody knows of them, in each of the databases."""

from __future__ import annotations

from sonisbridge.core.values import email_key, name_key
from tests.sonis.school import School


def people(school: School) -> None:
    school.person("AB1", first_name="Ada", last_name="Byron")
    school.address("AB1", "1", preferred=1, e_mail="Ada@Example.edu")
    school.address("AB1", "2", e_mail2=" second@example.edu ")
    school.person("AB2", first_name="Mary  Ann", last_name="Byron")
    school.address("AB2", "3", preferred=1, e_mail="ÄNNE@example.edu")
    school.person("CD3", first_name="José", last_name="Peña_Ruiz")
    school.person("CD30", first_name="Byrony", last_name="de la Cruz")


def test_an_address_finds_its_people_whatever_its_case_and_row(school: School):
    people(school)
    assert school.sonis.ids_with_email([email_key("ADA@example.EDU")]) == {"AB1"}
    assert school.sonis.ids_with_email([email_key("second@example.edu")]) == {"AB1"}
    assert "AB2" in school.sonis.ids_with_email([email_key("Änne@example.edu")])
    assert school.sonis.ids_with_email(["nobody@example.edu", ""]) == set()


def test_a_whole_name_finds_its_people_whatever_its_spelling(school: School):
    people(school)
    assert school.sonis.ids_named([name_key("mary", "ann byron")]) == {"AB2"}
    assert "CD3" in school.sonis.ids_named([name_key("JOSÉ", "peña_ruiz")])
    assert school.sonis.ids_named([name_key("Ada", "Lovelace"), name_key("ADA", "BYRON")]) == {"AB1"}


def test_what_a_user_types_finds_whom_it_may_mean(school: School):
    people(school)

    def found(asked: str) -> list[str]:
        return [*school.sonis.ids_like(asked, limit=10)]

    assert found("cd3") == ["CD3"]
    assert found("ada@example.edu") == ["AB1"]
    assert found("byr") == ["AB1", "AB2"]
    assert found("ada byr") == found("Byron, Ada") == ["AB1"]
    assert found("byrony de la") == ["CD30"]
    assert found("peña_") == ["CD3"]
    assert found("%") == found("_") == found("  ") == []
    assert len(school.sonis.ids_like("byr", limit=1)) == 1


def test_a_web_prospect_is_found_by_key_by_contact_and_by_the_person_it_became(school: School):
    people(school)
    for row_id, values in (
        ("202601010000000001", {"source": "ActiveCampaign", "source_id": "1", "soc_sec": "AB1"}),
        ("202601010000000002", {"source": "ActiveCampaign", "source_id": "2"}),
        ("202601010000000003", {"source": "Web", "source_id": "1"}),
    ):
        school.add(
            "webps",
            webps_rid=row_id,
            first_name="A",
            last_name="B",
            e_mail="a@b.edu",
            submitted="2026-01-01",
            incomplete=0,
            **values,
        )
    by_person = list(school.sonis.prospects_of(sonis_ids=["AB1"]))
    assert [(item.row_id[-1], item.contact_id, item.sonis_id) for item in by_person] == [("1", "1", "AB1")]
    assert [item.contact_id for item in school.sonis.prospects_of(row_ids=["202601010000000002"])] == ["2"]
    assert sorted(item.contact_id for item in school.sonis.prospects_of(contact_ids=["1", "2"])) == ["", "1", "2"]
    assert list(school.sonis.prospects_of()) == []
