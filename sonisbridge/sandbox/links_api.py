"""Where the `links` of a record lead: the record's neighbours, one step away."""

from sonisbridge.sandbox.fields_api import shown_field
from sonisbridge.sandbox.records import FIELDS_PER_CONTACT, Contact, as_id
from sonisbridge.sandbox.replies import Reply, no_result, ok, text_reply
from sonisbridge.sandbox.requests import Request
from sonisbridge.sandbox.routing import Api, Handler


def _contact_of(api: Api, kind: str, key: int) -> Contact | None:
    world = api.world
    if kind == "fieldValues":
        return world.live_contact(key // FIELDS_PER_CONTACT)
    owners = world.memberships if kind == "contactLists" else world.tag_links
    if kind == "accountContacts":
        return world.live_contact(world.account_links.get(key))
    return world.live_contact(owners.get(key, (None, 0))[0])


def _related_id(api: Api, kind: str, key: int) -> int | None:
    world = api.world
    if kind == "fieldValues":
        return key % FIELDS_PER_CONTACT
    if kind == "accountContacts":
        contact = world.live_contact(world.account_links.get(key))
        return contact.account.account if contact and contact.account else None
    owners = world.memberships if kind == "contactLists" else world.tag_links
    return owners.get(key, (0, None))[1]


def _to_contact(kind: str) -> Handler:
    def read(api: Api, request: Request) -> Reply:
        contact = _contact_of(api, kind, as_id(request.ids[0]) or 0)
        if contact is None:
            return no_result("Subscriber", request.ids[0])
        return text_reply(f'{{"contact":{api.shapes.contact(contact)}}}')

    return read


def _to_row(kind: str, table: str, name: str) -> Handler:
    def read(api: Api, request: Request) -> Reply:
        row = api.world[table].get(_related_id(api, kind, as_id(request.ids[0]) or 0))
        if row is None:
            return no_result(name.capitalize(), request.ids[0])
        shown = shown_field(api, row) if table == "fields" else api.shapes.row(table, row)
        return ok({name: shown})

    return read


def user_group(api: Api, request: Request) -> Reply:
    """GET /users/{id}/userGroup: the group whose permissions the user has."""
    row = api.world["users"].get(request.ids[0])
    if row is None:
        return no_result("User", request.ids[0])
    key, group = str(row["id"]), str(row["userGroup"])
    base = f"{api.shapes.base}/userGroups/{key}"
    links = {"user": f"{base}/user", "group": f"{base}/group"}
    about = {"userid": key, "groupid": group, "links": links, "id": key}
    return ok({"userGroup": {**about, "group": group, "user": key}})


def contacts_of_account(api: Api, request: Request) -> Reply:
    """GET /accounts/{id}/accountContacts."""
    key = as_id(request.ids[0])
    if key is None or key not in api.world["accounts"].rows:
        return no_result("CustomerAccount", request.ids[0])
    texts = []
    for owner in api.world.account_links.values():
        contact = api.world.contacts[owner]
        if contact.account is not None and contact.account.account == key:
            texts.append(api.shapes.account_link(contact, contact.account))
    return text_reply(f'{{"accountContacts":[{",".join(texts)}]}}')


ROUTES: dict[str, Handler] = {
    "GET users/{id}/userGroup": user_group,
    "GET accounts/{id}/accountContacts": contacts_of_account,
    "GET fieldValues/{id}/owner": _to_contact("fieldValues"),
    "GET fieldValues/{id}/field": _to_row("fieldValues", "fields", "field"),
    "GET contactTags/{id}/contact": _to_contact("contactTags"),
    "GET contactTags/{id}/tag": _to_row("contactTags", "tags", "tag"),
    "GET contactLists/{id}/contact": _to_contact("contactLists"),
    "GET contactLists/{id}/list": _to_row("contactLists", "lists", "list"),
    "GET accountContacts/{id}/contact": _to_contact("accountContacts"),
    "GET accountContacts/{id}/account": _to_row("accountContacts", "accounts", "account"),
}
