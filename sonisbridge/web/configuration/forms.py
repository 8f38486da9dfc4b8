"""The forms of API Configuration. A password and a token go in and never come out again."""

from __future__ import annotations

import zoneinfo
from functools import cache
from typing import Any

from django import forms

from sonisbridge.core.errors import SonisbridgeError
from sonisbridge.store.models import Institution
from sonisbridge.sync import connecting
from sonisbridge.sync.connecting import LOCAL, SYSTEMS, Place

from .mapping import LARGEST_FILE, text_of

KEEP = "Stored. Leave it blank to keep it."


class SecretInput(forms.PasswordInput):
    """A field for a secret: what is stored is never shown, and what was typed is not sent back."""

    def __init__(self) -> None:
        super().__init__(attrs={"autocomplete": "off", "spellcheck": "false"}, render_value=False)


class AccountForm(forms.Form):
    """Where ActiveCampaign's API is, and the token."""

    endpoint = forms.CharField(
        label="Access Token Endpoint", max_length=300,
        help_text="The URL of ActiveCampaign's API, from Settings > Developer, such as https://school.api-us1.com",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "url"}),
    )  # fmt: skip
    token = forms.CharField(
        label="Access Token", max_length=500, required=False, widget=SecretInput(),
        help_text="The Key, from the same page of ActiveCampaign.",
    )  # fmt: skip

    def __init__(self, institution: Institution, data: Any = None) -> None:
        super().__init__(data, initial={"endpoint": institution.endpoint})
        if institution.token:
            self.fields["token"].help_text = f"{KEEP} It is never shown; a new one replaces it."
            self.fields["token"].widget.attrs["placeholder"] = "••••••••••••••••"


class SonisForm(forms.Form):
    """Where the SONIS database is, and what its tables are called."""

    system = forms.ChoiceField(label="Kind of database", choices=list(SYSTEMS.items()))
    host = forms.CharField(label="Host", max_length=253, required=False)
    port = forms.IntegerField(
        label="Port", min_value=1, max_value=65535, required=False, help_text="Blank for the usual one."
    )
    database = forms.CharField(
        label="Database",
        max_length=500,
        required=False,
        help_text="Its name; for SQLite or an extract the path of the file or folder; for SOAP what stands before /cfc.",
    )
    user = forms.CharField(
        label="User", max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    password = forms.CharField(label="Password", max_length=500, required=False, widget=SecretInput())
    options = forms.CharField(
        label="Driver options", max_length=500, required=False, help_text="Such as sslmode=require. Blank for none."
    )
    address = forms.CharField(
        label="Or the whole address at once", max_length=2000, required=False, widget=SecretInput(),
        help_text="Such as postgresql://user:password@db.example.edu/sonis. Given, it wins over the parts above.",
    )  # fmt: skip
    sonis_schema = forms.CharField(
        label="Names of tables and columns", max_length=LARGEST_FILE, required=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "code"}),
        help_text="Only what differs in your SONIS, as TOML. Blank when the usual names fit.",
    )  # fmt: skip
    schema_file = forms.FileField(label="Or a schema file", required=False, help_text="It replaces the text above.")

    def __init__(self, institution: Institution | None = None, data: Any = None, files: Any = None) -> None:
        self.institution = institution
        self.place = connecting.sonis_place(institution) if institution else None
        super().__init__(data, files, initial=self._stored(institution))
        system = self.fields["system"]
        assert isinstance(system, forms.ChoiceField)
        if self.place and self.place.system not in SYSTEMS:
            system.choices = [*SYSTEMS.items(), (self.place.system, self.place.system)]
        if institution and institution.sonis_url and (self.place is None or self.place.system not in LOCAL):
            self.fields["password"].help_text = f"{KEEP} It is never shown."
            self.fields["password"].widget.attrs["placeholder"] = "••••••••••••"

    def _stored(self, institution: Institution | None) -> dict[str, Any]:
        place = self.place or Place(system="mssql")
        return {
            "system": place.system, "host": place.host, "port": place.port, "database": place.database,
            "user": place.user, "options": place.options,
            "sonis_schema": institution.sonis_schema if institution else "",
        }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """The fields, with the whole address as `sonis_url` and the schema as `schema`."""
        given = super().clean() or {}
        given["schema"] = given.get("sonis_schema", "")
        if given.get("schema_file"):
            self._or_error("schema_file", given, "schema", lambda: text_of(given["schema_file"], "schema file"))
        if not given.get("address"):
            self._demand(given)
        if not self.errors:
            field = "address" if given.get("address") else "password"
            self._or_error(field, given, "sonis_url", lambda: self._address(given))
        return given

    def _or_error(self, field: str, given: dict[str, Any], name: str, read: Any) -> None:
        try:
            given[name] = read()
        except SonisbridgeError as error:
            self.add_error(field, str(error))

    def _demand(self, given: dict[str, Any]) -> None:
        if not given.get("database") and not str(given.get("system")).startswith("soap"):
            self.add_error("database", "Give the name of the database, or the path of the file or folder.")
        if given.get("system") not in LOCAL and not given.get("host"):
            self.add_error("host", "Give the name of the machine that the database is on, such as db.example.edu.")

    def _address(self, given: dict[str, Any]) -> str:
        if given.get("address"):
            connecting.checked_address(given["address"])
            return str(given["address"])
        place = Place(
            system=given["system"], host=given["host"], port=given["port"], database=given["database"],
            user=given["user"], options=given["options"],
        )  # fmt: skip
        if place.system in LOCAL:
            place = Place(system=place.system, database=place.database, options=place.options)
        return connecting.address(place, given["password"], self.institution)


class NewInstitutionForm(SonisForm):
    """A new institution, with its SONIS."""

    name = forms.CharField(
        label="Name of the institution", max_length=80, help_text="As users are to see it, such as Example College."
    )
    time_zone = forms.ChoiceField(
        label="Time zone", help_text="It decides on which day a contact was made, and when timed tasks run."
    )
    country = forms.CharField(
        label="Country", min_length=2, max_length=2,
        help_text="Two letters: the country of telephone numbers that do not name one.",
    )  # fmt: skip
    field_order = ("name", "time_zone", "country")

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(None, data, files)
        zone = self.fields["time_zone"]
        assert isinstance(zone, forms.ChoiceField)
        zone.choices = zones()
        self.initial.update(time_zone="America/New_York", country="US")


@cache
def zones() -> list[tuple[str, str]]:
    """Every time zone by its name."""
    names = sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))
    return [(name, name.replace("_", " ")) for name in [*names, "UTC"]]
