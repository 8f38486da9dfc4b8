"""Create, find, update, tag, list, fields with the package activecampaign-python."""

import json
import sys

from activecampaign.client import Client  # type: ignore[import-not-found]

url, token = sys.argv[1:]
client = Client(url, token)
contacts = client.contacts

made = contacts.create_a_contact({"contact": {"email": "eve@x.test", "firstName": "Eve", "lastName": "Stone"}})[
    "contact"
]
found = contacts.list_all_contacts(email="eve@x.test", limit=1)["contacts"]
contacts.update_a_contact(made["id"], {"contact": {"lastName": "Stonehouse"}})
contacts.create_or_update_contact({"contact": {"email": "eve@x.test", "phone": "+1555"}})

field = contacts.create_a_custom_field({"field": {"title": "Colour", "type": "dropdown"}})["field"]
options = [{"field": field["id"], "value": text, "label": text} for text in ("Blue", "Red")]
contacts.create_custom_field_options({"fieldOptions": options})
contacts.create_a_custom_field_relationship_to_list({"fieldRel": {"field": field["id"], "relid": 0}})
contacts.create_a_custom_field_value({"fieldValue": {"contact": made["id"], "field": field["id"], "value": "Blue"}})
values = contacts.retrieve_a_contacts_field_values(made["id"])["fieldValues"]

tag = client.tags.create_a_tag({"tag": {"tag": "guest", "tagType": "contact"}})["tag"]
contacts.add_a_tag_to_contact({"contactTag": {"contact": made["id"], "tag": tag["id"]}})
tags = contacts.retrieve_contact_tags(made["id"])["contactTags"]
contacts.remove_a_tag_from_a_contact(tags[0]["id"])

made_list = client.lists.create_a_list(
    {
        "list": {
            "name": "Visitors",
            "stringid": "visitors",
            "sender_url": "https://x.test",
            "sender_reminder": "You came to see us.",
        }
    }
)["list"]
client.lists.create_a_list_group_permission({"listGroup": {"listid": made_list["id"], "groupid": 3}})
contacts.update_list_status_for_a_contact(
    {"contactList": {"list": made_list["id"], "contact": made["id"], "status": 1}}
)
gone = contacts.create_a_contact({"contact": {"email": "gone@x.test"}})["contact"]
contacts.delete_a_contact(gone["id"])

json.dump(
    {
        "id": made["id"],
        "found": [contact["id"] for contact in found],
        "options": [row["value"] for row in contacts.retrieve_field_options(field["id"])["fieldOptions"]],
        "values": [row["value"] for row in values],
        "tags": [row["tag"] for row in tags],
        "tags_left": contacts.retrieve_contact_tags(made["id"])["contactTags"],
        "lists": [row["name"] for row in client.lists.retrieve_all_lists()["lists"]],
        "missing": contacts.retrieve_a_contact(9999),
    },
    sys.stdout,
)
