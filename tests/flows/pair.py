"""One institution with both sides real: a SONIS database and the look-alike over HTTP, connected and mapped."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx2

from sonisbridge.core.filters import Filters
from sonisbridge.core.policy import Policy
from sonisbridge.store import institutions
from sonisbridge.store.institutions import Connections
from sonisbridge.store.models import Institution, PlanLine, Run
from sonisbridge.sync import setup
from sonisbridge.sync.inbound import import_contacts
from sonisbridge.sync.outbound import Order, apply_stored, export
from tests.flows.school import School
from tests.sandbox.program import SandboxProgram

NEWSLETTER = "Newsletter"
WORLD = {"lists": [{"name": NEWSLETTER}, {"name": "Open House"}], "contacts": []}


class Pair:
    """A school, an account, and the institution that joins them."""

    def __init__(
        self,
        school: School,
        account: SandboxProgram,
        *,
        name: str = "Test",
        schema: str = "",
        exclusions: tuple[str, ...] = (),
        **choices: Any,
    ) -> None:
        self.school = school
        school.publish()
        self.account = account
        self.http = httpx2.Client(base_url=f"{account.url}/api/3", headers={"Api-Token": account.token}, timeout=30)
        account.reset()
        account.put_world({**WORLD, "exclusions": list(exclusions)})
        account.clear_log()
        known = Connections(
            name=name, sonis_url=school.url, sonis_schema=schema, endpoint=account.url, token=account.token
        )
        self.institution = setup.add(known, Policy(country="US", **choices), by="test")
        setup.create_fields(self.institution, by="test")
        setup.suggest(self.institution, apply=True, by="test")
        self.titles = {row["title"]: row["id"] for row in self.get("/fields", limit=100)["fields"]}

    def close(self) -> None:
        """Close the connections."""
        self.http.close()
        self.school.close()

    # Runs

    def export(self, filters: Filters | None = None, *, approved: bool = True, preview: bool = False) -> Run:
        """Export, by default without holding."""
        self._reload()
        order = Order(started_by="test", filters=filters or Filters(), approved=approved, preview=preview)
        return export(self.institution, order)

    def apply(self, run: Run) -> Run:
        """Apply a held or previewed plan."""
        return apply_stored(run, by="test")

    def import_(self, **more: Any) -> Run:
        """Import."""
        self._reload()
        return import_contacts(self.institution, started_by="test", **more)

    def choose(self, name: str, value: str) -> None:
        """Set a choice."""
        self._reload()
        setup.change(self.institution, name, value, by="test")

    def outcome(self, run: Run, sonis_id: str) -> PlanLine:
        """What became of a person in a run that wrote a line for them."""
        return run.lines.get(sonis_id=sonis_id)

    def _reload(self) -> None:
        self.institution = Institution.objects.get(pk=self.institution.pk)
        self.school.publish()
        assert institutions.field_mapping(self.institution).rows

    # ActiveCampaign's side, as another user of it would see and change it

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        """Read over HTTP, waiting when the limits say so."""
        return self.ask("GET", path, params=params)

    def ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """One request; a throttled one is repeated."""
        for _ in range(200):
            answer = self.http.request(method, path, **more)
            if answer.status_code != 429:
                assert answer.status_code < 400, (answer.status_code, answer.text)
                found: dict[str, Any] = answer.json()
                return found
            time.sleep(0.02)
        raise AssertionError("throttled for too long")

    def contact(self, email: str) -> dict[str, Any] | None:
        """The contact with that address: standard values, custom values by title, lists, account."""
        found = [row for row in self.contacts() if row["email"].lower() == email.lower()]
        return found[0] if found else None

    def contacts(self) -> list[dict[str, Any]]:
        """Every contact, with custom values by title."""
        titles = {field_id: title for title, field_id in self.titles.items()}
        rows: list[dict[str, Any]] = []
        last = "0"
        while True:
            page = self.get(
                "/contacts",
                **{
                    "limit": 100,
                    "orders[id]": "ASC",
                    "id_greater": last,
                    "include": "fieldValues,contactLists,accountContacts",
                },
            )
            for row in page["contacts"]:
                values = {
                    titles[item["field"]]: item["value"] for item in page["fieldValues"] if item["contact"] == row["id"]
                }
                lists = {item["list"]: item["status"] for item in page["contactLists"] if item["contact"] == row["id"]}
                accounts = [item["account"] for item in page["accountContacts"] if item["contact"] == row["id"]]
                rows.append({**row, "values": values, "lists": lists, "accounts": accounts})
            if len(page["contacts"]) < 100:
                return rows
            last = page["contacts"][-1]["id"]

    def make_contact(self, email: str, first: str = "", last: str = "", **values: str) -> str:
        """Make a contact as somebody in ActiveCampaign would; custom values by title with _ for blanks."""
        body = {"email": email, "firstName": first, "lastName": last, "fieldValues": self._values(values)}
        made = self.ask("POST", "/contacts", json={"contact": body})
        return str(made["contact"]["id"])

    def change_contact(self, contact_id: str, values: dict[str, str] | None = None, **standard: str) -> None:
        """Change a contact as somebody in ActiveCampaign would."""
        self.ask(
            "PUT", f"/contacts/{contact_id}",
            json={"contact": {**standard, "fieldValues": self._values(values or {})}},
        )  # fmt: skip

    def subscribe(self, contact_id: str, status: int, list_id: str = "1") -> None:
        """Put a contact on a list (1) or off it (2)."""
        self.ask(
            "POST", "/contactLists",
            json={"contactList": {"list": list_id, "contact": contact_id, "status": status}},
        )  # fmt: skip

    def _values(self, values: dict[str, str]) -> list[dict[str, str]]:
        titles = {title.replace(" ", "_"): field_id for title, field_id in self.titles.items()}
        return [{"field": titles[key], "value": value} for key, value in values.items()]

    def writes(self) -> list[dict[str, Any]]:
        """The requests since the log was emptied that change something."""
        return [entry for entry in self.account.log() if entry["method"] != "GET"]

    def rename_option(self, title: str, old: str, new: str) -> None:
        """Rename an option of a field, as somebody in ActiveCampaign might."""
        dump = self.account.world()
        text = json.dumps(dump).replace(json.dumps(old), json.dumps(new))
        assert title in text
        self.account.put_world(json.loads(text))
