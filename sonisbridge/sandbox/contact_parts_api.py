"""What hangs on a contact: field values, list memberships, tags, account links."""

from sonisbridge.sandbox.contact_writes import ContactWriter, WriteRefused
from sonisbridge.sandbox.contacts_api import refused
from sonisbridge.sandbox.field_values import ValueRefused, as_text
from sonisbridge.sandbox.records import (
    ACTIVE,
    FIELDS_PER_CONTACT,
    UNSUBSCRIBED,
    Contact,
    as_id,
    value_id,
)
from sonisbridge.sandbox.replies import (
    Reply,
    forbidden,
    invalid,
    no_result,
    numbered,
    ok,
    text_reply,
    with_numbers,
)
from sonisbridge.sandbox.requests import Request
from sonisbridge.sandbox.routing import Api, Handler, origin


def _part_list(name: str) -> Handler:
    def read(api: Api, request: Request) -> Reply:
        contact = api.contact(request.ids[0])
        if contact is None:
            return no_result("Subscriber", request.ids[0])
        write = {
            "fieldValues": api.shapes.values,
            "contactLists": api.shapes.memberships,
            "contactTags": api.shapes.tag_links,
            "accountContacts": api.shapes.account_links,
        }[name]
        texts = write(contact)
        if request.query.has("limit") or request.query.has("offset"):  # else all of them
            texts = texts[request.offset() :][: request.limit()]
        return text_reply(f'{{"{name}":[{",".join(texts)}]}}')

    return read


# -- field values


def _page(api: Api, request: Request, name: str, texts: list[str]) -> Reply:
    limit, offset = request.limit(), request.offset()
    total = api.total(len(texts))
    meta = ok({"total": total}).body.decode()
    rows = ",".join(texts[offset : offset + limit])
    return text_reply(f'{{"{name}":[{rows}],"meta":{meta}}}')


def list_field_values(api: Api, request: Request) -> Reply:
    """GET /fieldValues, by field and value."""
    filters = request.query.filters()
    field_id, wanted = as_id(filters.get(("fieldid",))), filters.get(("val",))
    contains = api.service.switches["field_value_filter"] == "contains"
    found = []
    for key in api.world.live:
        contact = api.world.contacts[key]
        for own, value in contact.values.items():
            if field_id is not None and own != field_id:
                continue
            if wanted is None or (wanted in value.text if contains else wanted == value.text):
                found.append((contact, own, value))
    limit, offset = request.limit(), request.offset()
    chosen = found[offset : offset + limit]
    texts = ",".join(api.shapes.value(contact, own, value) for contact, own, value in chosen)
    meta = ok({"total": api.total(len(found))}).body.decode()
    return text_reply(f'{{"fieldValues":[{texts}],"meta":{meta}}}')


def _value_owner(api: Api, key: object) -> tuple[Contact, int] | None:
    number = as_id(key)
    if number is None:
        return None
    contact_id, field_id = divmod(number, FIELDS_PER_CONTACT)
    contact = api.world.live_contact(contact_id)
    return (contact, field_id) if contact and field_id in contact.values else None


def get_field_value(api: Api, request: Request) -> Reply:
    """GET /fieldValues/{id}: 403 where there is none."""
    found = _value_owner(api, request.ids[0])
    if found is None:
        return no_result("FieldValue", request.ids[0], 403)
    contact, field_id = found
    text = api.shapes.value(contact, field_id, contact.values[field_id])
    return text_reply(f'{{"fieldValue":{text}}}')


def post_field_value(api: Api, request: Request) -> Reply:
    """POST /fieldValues: creates or updates the value of one contact in one field."""
    given = request.part("fieldValue")
    request.note("per_field_write")
    contact, field = api.contact(given.get("contact")), api.world["fields"].get(given.get("field"))
    if contact is None:
        return numbered(404, "Not Found", detail="Contact not found")
    if field is None:
        return invalid("Field id not valid", code="field_invalid")
    if isinstance(given.get("value"), dict):
        return invalid("The field value is not valid.", code="field_invalid")
    return _write_value(api, request, contact, int(field["id"]))


def put_field_value(api: Api, request: Request) -> Reply:
    """PUT /fieldValues/{id}."""
    request.note("per_field_write")
    found = _value_owner(api, request.ids[0])
    if found is None:
        return no_result("FieldValue", request.ids[0], 403)
    if isinstance(request.part("fieldValue").get("value"), dict):
        return invalid("The field value is not valid.", code="field_invalid")
    return _write_value(api, request, *found)


def _write_value(api: Api, request: Request, contact: Contact, field_id: int) -> Reply:
    request.entry.body = {"contact": str(contact.id), "keys": [f"field:{field_id}"]}
    writer = ContactWriter(api.service, origin(request))
    field = api.world["fields"].rows[field_id]
    try:
        writer.value(contact, field, request.part("fieldValue").get("value"))
    except ValueRefused as error:
        return invalid(str(error), code="field_invalid")
    if request.top().get("useDefaults"):
        _fill_required(api, writer, contact)
    writer.commit(contact)
    key = value_id(contact.id, field_id)
    kept = contact.values.get(field_id)
    nothing = {"contact": str(contact.id), "field": str(field_id), "value": None, "id": str(key)}
    shown = api.shapes.value(contact, field_id, kept) if kept else ok(nothing).body.decode()
    shown = with_numbers(shown, "contact", "field", "owner")
    return text_reply(f'{{"contacts":[{api.shapes.contact(contact)}],"fieldValue":{shown}}}')


def _fill_required(api: Api, writer: ContactWriter, contact: Contact) -> None:
    for field in api.world["fields"]:
        if as_text(field["isrequired"]) == "1" and int(field["id"]) not in contact.values:
            writer.value(contact, field, field["defval"])


def delete_field_value(api: Api, request: Request) -> Reply:
    """DELETE /fieldValues/{id}: the documented way to remove a value."""
    found = _value_owner(api, request.ids[0])
    if found is None:
        return no_result("FieldValue", request.ids[0], 403)
    contact, field_id = found
    request.entry.body = {"contact": str(contact.id), "keys": [f"field:{field_id}"]}
    writer = ContactWriter(api.service, origin(request))
    writer.drop_value(contact, field_id)
    writer.commit(contact)
    return ok({})


# -- list memberships


def post_contact_list(api: Api, request: Request) -> Reply:
    """POST /contactLists: subscribe or unsubscribe on one list."""
    given = request.part("contactList")
    for name in ("list", "contact", "status"):
        if as_text(given.get(name)) == "":
            pointer = f"/data/attributes/{name}"
            return numbered(422, "Missing attribute", pointer=pointer)
    contact, list_id = api.contact(given["contact"]), as_id(given["list"])
    if contact is None:
        return no_result("Subscriber", given["contact"])
    if list_id is None or list_id not in api.world["lists"].rows:
        return no_result("_List", given["list"])
    status = as_id(given["status"])
    if status is None or status > 3:
        return invalid("Status is not valid", code="field_invalid")
    return _set_list(api, request, contact, (list_id, status))


def _set_list(api: Api, request: Request, contact: Contact, change: tuple[int, int]) -> Reply:
    list_id, status = change
    old = contact.lists.get(list_id)
    if status == ACTIVE and old is not None and old.status == UNSUBSCRIBED:
        request.note("resubscribed")
    request.entry.body = {"contact": str(contact.id), "keys": [f"list:{list_id}={status}"]}
    source = as_id(request.part("contactList").get("sourceid")) or 0
    writer = ContactWriter(api.service, origin(request))
    try:
        part = writer.list_status(contact, list_id, status, sourceid=source)
    except WriteRefused:
        return forbidden()
    writer.commit(contact)
    shown = with_numbers(api.shapes.membership(contact, list_id, part), "status")
    return text_reply(f'{{"contacts":[{api.shapes.contact(contact)}],"contactList":{shown}}}')


def list_contact_lists(api: Api, request: Request) -> Reply:
    """GET /contactLists."""
    filters = request.query.filters()
    list_id, contact_id = as_id(filters.get(("listid",))), as_id(filters.get(("contact",)))
    texts = []
    for owner, key in api.world.memberships.values():
        contact = api.world.contacts[owner]
        if list_id in (None, key) and contact_id in (None, owner) and not contact.deleted:
            texts.append(api.shapes.membership(contact, key, contact.lists[key]))
    return _page(api, request, "contactLists", texts)


# -- tags on contacts


def list_contact_tags(api: Api, request: Request) -> Reply:
    """GET /contactTags."""
    texts = []
    for owner, tag_id in api.world.tag_links.values():
        contact = api.world.contacts[owner]
        texts.append(api.shapes.tag_link(contact, tag_id, contact.tags[tag_id]))
    return _page(api, request, "contactTags", texts)


def get_contact_tag(api: Api, request: Request) -> Reply:
    """GET /contactTags/{id}."""
    found = api.world.tag_links.get(as_id(request.ids[0]) or 0)
    if found is None:
        return no_result("SubscriberTag", request.ids[0])
    contact = api.world.contacts[found[0]]
    shown = api.shapes.tag_link(contact, found[1], contact.tags[found[1]])
    return text_reply(f'{{"contactTag":{shown}}}')


def post_contact_tag(api: Api, request: Request) -> Reply:
    """POST /contactTags: by ids; a repeat answers with the same id."""
    given = request.part("contactTag")
    for name in ("contact", "tag"):
        if as_text(given.get(name)) == "":
            return numbered(422, "Missing attribute", pointer=f"/data/attributes/{name}")
    tag = api.world["tags"].get(given["tag"])
    contact = api.contact(given["contact"])
    if as_id(given["tag"]) is None:
        return numbered(422, "Invalid attribute", pointer="/data/attributes/tag")
    if contact is None or tag is None:
        missing = "Contact" if contact is None else "Tag"
        return numbered(404, "Not Found", detail=f"{missing} not found")
    tag_id = int(tag["id"])
    request.entry.body = {"contact": str(contact.id), "keys": [f"tag:{tag_id}"]}
    writer = ContactWriter(api.service, origin(request))
    link = writer.add_tag(contact, tag_id)
    writer.commit(contact)
    status = int(api.service.switches["contact_tag_status"])
    shown = api.shapes.tag_link(contact, tag_id, link)
    return text_reply(f'{{"contacts":[{api.shapes.contact(contact)}],"contactTag":{shown}}}', status)


def delete_contact_tag(api: Api, request: Request) -> Reply:
    """DELETE /contactTags/{id}: by the id of the association."""
    found = api.world.tag_links.get(as_id(request.ids[0]) or 0)
    if found is None:
        return no_result("SubscriberTag", request.ids[0])
    contact = api.world.contacts[found[0]]
    request.entry.body = {"contact": str(contact.id), "keys": [f"tag:{found[1]}"]}
    writer = ContactWriter(api.service, origin(request))
    writer.remove_tag(contact, found[1])
    writer.commit(contact)
    return ok({})


# -- account links


def list_account_contacts(api: Api, request: Request) -> Reply:
    """GET /accountContacts, by contact or account."""
    filters = request.query.filters()
    contact_id, account_id = as_id(filters.get(("contact",))), as_id(filters.get(("account",)))
    texts = []
    for owner in api.world.account_links.values():
        contact = api.world.contacts[owner]
        link = contact.account
        if link is None or (contact_id is not None and owner != contact_id):
            continue
        if account_id is None or link.account == account_id:
            texts.append(api.shapes.account_link(contact, link))
    return _page(api, request, "accountContacts", texts)


def post_account_contact(api: Api, request: Request) -> Reply:
    """POST /accountContacts: a contact belongs to one account only."""
    given = request.part("accountContact")
    for name in ("account", "contact"):
        if as_text(given.get(name)) == "":
            title = f"The {name} attribute was not provided"
            return invalid(title, code="field_missing", pointer=f"/data/attributes/{name}")
    contact, account = api.contact(given["contact"]), api.world["accounts"].get(given["account"])
    if contact is None:
        return _unknown("contact")
    if account is None:
        return _unknown("account")
    request.entry.body = {"contact": str(contact.id), "keys": ["account"]}
    writer = ContactWriter(api.service, origin(request))
    try:
        link = writer.link_account(contact, int(account["id"]), as_text(given.get("jobTitle")))
    except WriteRefused as error:
        return refused(error)
    writer.commit(contact)
    shown = with_numbers(api.shapes.account_link(contact, link), "account", "contact")
    return text_reply(f'{{"accountContact":{shown}}}', 201)


def _unknown(name: str) -> Reply:
    return invalid(f"The {name} does not exist", code="field_invalid", pointer=f"/data/attributes/{name}")


def _link_owner(api: Api, key: object) -> Contact | None:
    owner = api.world.account_links.get(as_id(key) or 0)
    return None if owner is None else api.world.live_contact(owner)


def get_account_contact(api: Api, request: Request) -> Reply:
    """GET /accountContacts/{id}."""
    contact = _link_owner(api, request.ids[0])
    if contact is None or contact.account is None:
        return no_result("CustomerAccountSubscriber", request.ids[0])
    shown = api.shapes.account_link(contact, contact.account)
    return text_reply(f'{{"accountContact":{shown}}}')


def put_account_contact(api: Api, request: Request) -> Reply:
    """PUT /accountContacts/{id}: another account or job title."""
    contact = _link_owner(api, request.ids[0])
    if contact is None or contact.account is None:
        return no_result("CustomerAccountSubscriber", request.ids[0])
    given = request.part("accountContact")
    account = api.world["accounts"].get(given.get("account", contact.account.account))
    if account is None:
        return _unknown("account")
    request.entry.body = {"contact": str(contact.id), "keys": ["account"]}
    title = as_text(given["jobTitle"]) if "jobTitle" in given else contact.account.job_title
    writer = ContactWriter(api.service, origin(request))
    writer.move_account(contact, int(account["id"]), title)
    writer.commit(contact)
    shown = api.shapes.account_link(contact, contact.account)
    return text_reply(f'{{"accountContact":{shown}}}')


def delete_account_contact(api: Api, request: Request) -> Reply:
    """DELETE /accountContacts/{id}."""
    contact = _link_owner(api, request.ids[0])
    if contact is None:
        return no_result("CustomerAccountSubscriber", request.ids[0])
    request.entry.body = {"contact": str(contact.id), "keys": ["account"]}
    writer = ContactWriter(api.service, origin(request))
    writer.unlink_account(contact)
    writer.commit(contact)
    return ok({})


ROUTES: dict[str, Handler] = {
    "GET contacts/{id}/fieldValues": _part_list("fieldValues"),
    "GET contacts/{id}/contactLists": _part_list("contactLists"),
    "GET contacts/{id}/contactTags": _part_list("contactTags"),
    "GET contacts/{id}/accountContacts": _part_list("accountContacts"),
    "GET fieldValues": list_field_values,
    "POST fieldValues": post_field_value,
    "GET fieldValues/{id}": get_field_value,
    "PUT fieldValues/{id}": put_field_value,
    "DELETE fieldValues/{id}": delete_field_value,
    "GET contactLists": list_contact_lists,
    "POST contactLists": post_contact_list,
    "GET contactTags": list_contact_tags,
    "POST contactTags": post_contact_tag,
    "GET contactTags/{id}": get_contact_tag,
    "DELETE contactTags/{id}": delete_contact_tag,
    "GET accountContacts": list_account_contacts,
    "POST accountContacts": post_account_contact,
    "GET accountContacts/{id}": get_account_contact,
    "PUT accountContacts/{id}": put_account_contact,
    "DELETE accountContacts/{id}": delete_account_contact,
}
