"""The floor comes from the work, whatever was asked for it (rule 15)."""

from __future__ import annotations

from typing import Any

from benchmarks.floor import Work, counted, floor_of


def post(*addresses: str, size: int = 1000, status: int = 200) -> dict[str, Any]:
    rows = [{"email": address, "keys": ["first_name", "field:3"]} for address in addresses]
    body = {"rows": rows}
    return {"method": "POST", "path": "/import/bulk_import", "query": "", "bytes": size, "body": body, "status": status}


def call(method: str, path: str, query: str = "", status: int = 200, **body: Any) -> dict[str, Any]:
    return {"method": method, "path": path, "query": query, "bytes": 0, "body": body, "status": status}


def people(many: int) -> list[str]:
    return [f"p{number}@x.test" for number in range(many)]


def test_rows_that_were_sent_twice_and_small_batches_do_not_raise_the_floor():
    everybody = people(500)
    well = counted([post(*everybody[:250]), post(*everybody[250:])])
    badly = counted(post(*everybody[start : start + 50], size=200) for start in [*range(0, 500, 50), 0])
    assert floor_of(badly, Work()) == floor_of(well, Work())
    assert (badly.posts, floor_of(badly, Work()).posts) == (11, 2)


def test_rows_that_are_too_large_for_one_post_need_more():
    asked = counted([post(*people(250), size=399_000), post("q@x.test", size=2_000)])
    assert floor_of(asked, Work()).posts == 2
    large = counted([post(*people(100), size=390_000), post("q@x.test", "r@x.test", size=390_000)])
    assert floor_of(large, Work()).posts == 2


def test_every_term_of_a_large_export_is_there():
    asked = counted([post(*people(100_000), size=20_000_000)])
    floor = floor_of(asked, Work(full_scan=True, contacts=200))
    assert (floor.scan_pages, floor.look_before_writing, floor.posts, floor.polls) == (2, 1, 400, 400)
    assert (floor.readback_pages, floor.read_before_update, floor.singles) == (1000, 0, 0)
    assert (floor.posts_seconds, floor.requests_seconds) == (240, 1803 / 5)
    assert floor.seconds == 1803 / 5


def test_contacts_that_the_importer_has_to_find_are_read_before():
    known = {address: number for number, address in enumerate(people(150))}
    floor = floor_of(counted([post(*people(150))]), Work(known=known))
    assert floor.read_before_update == 2


def test_nothing_to_do_needs_one_page():
    floor = floor_of(counted([call("GET", "/contacts", "id_greater=0&limit=100")] * 7), Work())
    assert (floor.requests, floor.seconds) == (1, 0.2)


def test_a_single_call_counts_only_where_the_importer_cannot_do_it():
    asked = counted(
        [
            call("PUT", "/contacts/1", contact="1", email="new@x.test", keys=["email"]),  # another address
            call("PUT", "/contacts/2", contact="2", email=None, keys=["firstName"]),
            call("PUT", "/contacts/3", contact="3", email=None, keys=["firstName"]),  # o'hara@x.test
            call("DELETE", "/fieldValues/9", contact="2", keys=["field:3"]),
            call("POST", "/accountContacts", contact="4", keys=["account"]),
            call("POST", "/accounts", keys=["name"]),
            call("PUT", "/contacts/5", status=422, contact="5", email=None, keys=["firstName"]),
        ]
    )
    addresses = {2: "b@x.test", 3: "o'hara@x.test", 4: "d@x.test"}
    floor = floor_of(asked, Work(addresses=addresses))
    assert (asked.singles, floor.singles, floor.rows, floor.posts) == (7, 4, 2, 1)


def test_links_count_where_the_importer_does_not_link():
    calls = [call("POST", "/accountContacts", contact=contact, keys=["account"]) for contact in ("4", "5", "5")]
    asked, addresses = counted([post(*people(250)), *calls]), {4: "p4@x.test", 5: "p5@x.test"}
    linking, other = (floor_of(asked, Work(addresses=addresses, importer_links=links)) for links in (True, False))
    assert (linking.links, linking.singles, other.links, other.singles) == (0, 0, 2, 0)
    assert other.requests == linking.requests + 2


def test_a_filter_of_whole_days_lists_again_what_it_lists():
    assert floor_of(counted([]), Work(listed_again=450)).scan_pages == 5


def test_requests_are_told_apart():
    asked = counted(
        [
            call("GET", "/users/me"),
            call("GET", "/contacts", "orders%5Bid%5D=ASC&id_greater=0&limit=100"),
            call("GET", "/contacts", "ids%5B0%5D=4&ids%5B1%5D=7"),
            call("GET", "/contacts", "ids=4,7"),
            call("GET", "/contacts", "email=a@x.test"),
            call("GET", "/contacts/4"),
            post("a@x.test"),
            post("b@x.test", status=400),
            call("GET", "/import/info", "batchId=1"),
            call("GET", "/contacts", "id_greater=5", status=429),
        ]
    )
    assert (asked.requests, asked.throttled, asked.other, asked.lookups) == (10, 1, 1, 2)
    assert (asked.pages, asked.pages_before_writing, asked.by_ids) == (2, 1, 2)
    assert (asked.posts, asked.polls, list(asked.rows)) == (2, 1, ["a@x.test"])
    assert asked.other_status == {"400": 1}
