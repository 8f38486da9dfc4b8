"""What else can be asked of a contact: bounces, score values, logs, mostly empty here."""

from collections.abc import Callable
from typing import Any

from sonisbridge.sandbox.records import Contact
from sonisbridge.sandbox.replies import Reply, no_result, ok
from sonisbridge.sandbox.requests import Request
from sonisbridge.sandbox.routing import Api, Handler, listing

Write = Callable[[Api, Contact], dict[str, Any]]


def _of_contact(write: Write) -> Handler:
    def read(api: Api, request: Request) -> Reply:
        contact = api.contact(request.ids[0])
        if contact is None:
            return no_result("Subscriber", request.ids[0])
        return ok(write(api, contact))

    return read


def _empty(*names: str) -> Handler:
    return _of_contact(lambda *_: {name: [] for name in names})


_BOUNCE_LINKS = ("bounce", "contact", "campaign", "message", "code")


def _links(api: Api, kind: str, key: str, names: tuple[str, ...]) -> dict[str, str]:
    return {name: f"{api.shapes.base}/{kind}/{key}/{name}" for name in names}


def _bounces(api: Api, contact: Contact) -> dict[str, Any]:
    if not contact.bounced_hard:
        return {"bounceLogs": []}
    stamp = api.service.naive(contact.udate)
    key = str(contact.id)
    row: dict[str, Any] = {
        "tstamp": api.service.iso(contact.udate),
        "bounceid": "1",
        "subscriberid": key,
        "campaignid": "0",
        "messageid": "0",
        "codeid": "1",
        "email": contact.email,
        "error": "",
        "source": "",
        "created_timestamp": stamp,
        "updated_timestamp": stamp,
        "created_by": None,
        "updated_by": None,
        "links": _links(api, "bounceLogs", key, _BOUNCE_LINKS),
        "id": key,
        "bounce": "1",
        "contact": key,
        "campaign": None,
        "message": None,
        "code": "1",
    }
    return {"bounceLogs": [row]}


def _data(api: Api, contact: Contact) -> dict[str, Any]:
    texts = (
        "geoCountry2",
        "geo_country",
        "geoState",
        "geoCity",
        "geoZip",
        "geoTz",
        "ga_campaign_source",
        "ga_campaign_name",
        "ga_campaign_medium",
        "ga_campaign_term",
        "ga_campaign_content",
        "ga_campaign_customsegment",
        "fb_name",
    )
    about: dict[str, Any] = {"contact": str(contact.id), "tstamp": api.service.iso(contact.cdate)}
    about |= {"geoTstamp": None, "geoIp4": "0", "geoArea": "0", "geoLat": "0.000000"}
    about |= {"geoLon": "0.000000", "geoTzOffset": "0.00", "ga_first_visit": None}
    about |= {"ga_times_visited": "0", "fb_id": "0", "tw_id": "0", **dict.fromkeys(texts, "")}
    zero = "0000-00-00 00:00:00"
    stamps = {"created_timestamp": zero, "updated_timestamp": zero}
    rest = {"created_by": "0", "updated_by": "0", "links": [], "id": str(contact.id)}
    return {"contactDatum": {**about, **stamps, **rest}}


def _organization(api: Api, contact: Contact) -> dict[str, Any]:
    row = api.world["accounts"].rows.get(contact.account.account) if contact.account else None
    if row is None:
        return {"organization": None}
    stamps = {
        "created_timestamp": row["createdTimestamp"],
        "updated_timestamp": row["updatedTimestamp"],
    }
    return {"organization": {"name": row["name"], **stamps, "userid": "1", "id": row["id"], "owner": "1"}}


def _append(api: Api, contact: Contact) -> dict[str, Any]:
    nothing = dict.fromkeys(("last_updated_rapleaf", "last_updated_fliptop"))
    texts = ("imageUrl", "membershipsFacebook", "membershipsTwitter", "membershipsLinkedin")
    about = {"contact": str(contact.id), **nothing, "last_updated_fullcontact": None}
    rest = {
        **dict.fromkeys(texts, ""),
        "links": _links(api, "plusAppend", str(contact.id), ("contact",)),
        "id": str(contact.id),
    }
    return {"plusAppend": {**about, **rest}}


def _empty_list(name: str) -> Handler:
    def read(api: Api, request: Request) -> Reply:
        return listing(api, request, name=name, rows=[])

    return read


ROUTES: dict[str, Handler] = {
    "GET contacts/{id}/bounceLogs": _of_contact(_bounces),
    "GET contacts/{id}/contactData": _of_contact(_data),
    "GET contacts/{id}/organization": _of_contact(_organization),
    "GET contacts/{id}/plusAppend": _of_contact(_append),
    "GET contacts/{id}/contactGoals": _empty("contactGoals"),
    "GET contacts/{id}/contactLogs": _empty("contactLogs"),
    "GET contacts/{id}/contactDeals": _empty("contacts", "contactDeals", "deals"),
    "GET contacts/{id}/deals": _empty("deals"),
    "GET contacts/{id}/geoIps": _empty("geoIps"),
    "GET contacts/{id}/scoreValues": _empty("scoreValues"),
    "GET contacts/{id}/trackingLogs": _empty("trackingLogs"),
    "GET activities": _empty_list("activities"),
    "GET emailActivities": _empty_list("emailActivities"),
    "GET scores": _empty_list("scores"),
}
