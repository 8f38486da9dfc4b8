"""Users and groups: who the key belongs to and what it may do (docs/activecampaign.md, section 9)."""

from sonisbridge.sandbox.field_values import as_text
from sonisbridge.sandbox.records import Row
from sonisbridge.sandbox.replies import Reply, invalid, no_result, ok
from sonisbridge.sandbox.requests import Request
from sonisbridge.sandbox.routing import Api, Handler, listing
from sonisbridge.sandbox.world import World

GROUP_FLAGS = (
    "pgListAdd",
    "pgListEdit",
    "pgListDelete",
    "pgListHeaders",
    "pgListEmailaccount",
    "pgListBounce",
    "pgMessageAdd",
    "pgMessageEdit",
    "pgMessageDelete",
    "pgMessageSend",
    "pgContactAdd",
    "pgContactEdit",
    "pgContactDelete",
    "pgContactMerge",
    "pgContactImport",
    "pgContactApprove",
    "pgContactExport",
    "pgContactSync",
    "pgContactFilters",
    "pgContactActions",
    "pgContactFields",
    "pg_user_add",
    "pg_user_edit",
    "pg_user_delete",
    "pgGroupAdd",
    "pgGroupEdit",
    "pgGroupDelete",
    "pgTemplateAdd",
    "pgTemplateEdit",
    "pgTemplateDelete",
    "pgPersonalizationAdd",
    "pgPersonalizationEdit",
    "pgPersonalizationDelete",
    "pgAutomationManage",
    "pgFormEdit",
    "pgReportsCampaign",
    "pgReportsList",
    "pgReportsUser",
    "pgReportsTrend",
    "pgStartupReports",
    "pgStartupGettingstarted",
    "pgDeal",
    "pgDealDelete",
    "pgDealReassign",
    "pgDealGroupAdd",
    "pgDealGroupEdit",
    "pgDealGroupDelete",
    "pgSavedResponsesManage",
    "reqApproval",
    "reqApproval1st",
    "reqApprovalNotify",
    "socialdata",
)


def furnish(world: World) -> None:
    """What every account has from the start: a user, a group, the default field groups."""
    if not len(world["users"]):
        world["users"].put(1, _user("admin", "Sandbox", "Admin", "admin@sandbox.example"))
    if not len(world["groups"]):
        world["groups"].put(3, _group("Admin"))
    if not len(world["groupDefinitions"]):
        for key, label in ((1, "{**DEFAULT**}"), (2, "{**DEAL_DEFAULT**}"), (3, "{**ACCOUNT_DEFAULT**}")):
            row = {"type_id": key, "label": label, "ordernum": key}
            world["groupDefinitions"].put(key, row)


def _user(username: str, first: str, last: str, email: str) -> Row:
    return {
        "username": username,
        "firstName": first,
        "lastName": last,
        "email": email,
        "phone": "",
        "signature": None,
        "userGroup": "3",
    }


def _group(title: str) -> Row:
    flags = dict.fromkeys(GROUP_FLAGS, "1")
    about = {"title": title, "descript": "", "unsubscribelink": "0", "optinconfirm": "0"}
    about["sdate"] = "2020-01-01T00:00:00-05:00"
    return {**about, "p_admin": "1", **flags}


def me(api: Api, request: Request) -> Reply:
    """GET /users/me."""
    del request
    return ok({"user": api.shapes.row("users", next(iter(api.world["users"])))})


def list_users(api: Api, request: Request) -> Reply:
    """GET /users."""
    rows = [api.shapes.row("users", row) for row in api.world["users"]]
    return listing(api, request, name="users", rows=rows)


def get_user(api: Api, request: Request) -> Reply:
    """GET /users/{id}."""
    row = api.world["users"].get(request.ids[0])
    if row is None:
        return no_result("User", request.ids[0])
    return ok({"user": api.shapes.row("users", row)})


def _user_by(key: str) -> Handler:
    def read(api: Api, request: Request) -> Reply:
        row = api.world.named("users", key, request.ids[0])
        if row is None:
            return no_result("User", request.ids[0])
        return ok({"user": api.shapes.row("users", row)})

    return read


def create_user(api: Api, request: Request) -> Reply:
    """POST /users."""
    given = request.part("user")
    names = [as_text(given.get(key)).strip() for key in ("username", "firstName", "lastName", "email")]
    if not names[0] or not names[3]:
        return invalid("The username or email was not provided.", code="field_missing")
    if api.world.named("users", "username", names[0]):
        return invalid("There is already a user with this name", code="duplicate")
    row = api.world["users"].add(_user(names[0], names[1], names[2], names[3]))
    stamp = api.service.stamp()
    shown = {
        **api.shapes.row("users", row),
        "lang": "english",
        "localZoneid": api.service.switches["time_zone"],
        "cdate": stamp,
        "udate": stamp,
    }
    return ok({"user": shown}, 201)


def update_user(api: Api, request: Request) -> Reply:
    """PUT /users/{id}."""
    row = api.world["users"].get(request.ids[0])
    if row is None:
        return no_result("User", request.ids[0])
    given = request.part("user")
    changes: Row = {key: as_text(given[key]) for key in ("firstName", "lastName", "email") if key in given}
    api.world["users"].change(row, changes)
    return ok({"userGroups": [], "user": api.shapes.row("users", row)})


def delete_user(api: Api, request: Request) -> Reply:
    """DELETE /users/{id}: the owner of the key stays."""
    row = api.world["users"].get(request.ids[0])
    if row is None:
        return no_result("User", request.ids[0])
    if len(api.world["users"]) > 1 and int(row["id"]) != 1:
        api.world["users"].remove(int(row["id"]))
    return ok({})


def list_groups(api: Api, request: Request) -> Reply:
    """GET /groups."""
    rows = [api.shapes.row("groups", row) for row in api.world["groups"]]
    return listing(api, request, name="groups", rows=rows)


def get_group(api: Api, request: Request) -> Reply:
    """GET /groups/{id}: 403 where there is none."""
    row = api.world["groups"].get(request.ids[0])
    if row is None:
        return no_result("Group", request.ids[0], 403)
    return ok({"group": api.shapes.row("groups", row)})


def create_group(api: Api, request: Request) -> Reply:
    """POST /groups."""
    given = request.part("group")
    if not as_text(given.get("title")).strip():
        return invalid("The group title was not provided.", code="field_missing")
    flags = {key: "1" if given.get(key) else "0" for key in GROUP_FLAGS}
    row = api.world["groups"].add({**_group(as_text(given["title"])), **flags})
    return ok({"group": {**api.shapes.row("groups", row), "p_admin": 1}})


def update_group(api: Api, request: Request) -> Reply:
    """PUT /groups/{id}."""
    row = api.world["groups"].get(request.ids[0])
    if row is None:
        return no_result("Group", request.ids[0], 403)
    given = request.part("group")
    changes = {key: "1" if given[key] else "0" for key in GROUP_FLAGS if key in given}
    if as_text(given.get("title")).strip():
        changes["title"] = as_text(given["title"])
    api.world["groups"].change(row, changes)
    return ok({"group": {**api.shapes.row("groups", row), "p_admin": 1}})


def delete_group(api: Api, request: Request) -> Reply:
    """DELETE /groups/{id}."""
    row = api.world["groups"].get(request.ids[0])
    if row is None:
        return no_result("Group", request.ids[0], 403)
    if len(api.world["groups"]) > 1:
        api.world["groups"].remove(int(row["id"]))
    return ok({})


ROUTES: dict[str, Handler] = {
    "GET users/me": me,
    "GET users": list_users,
    "POST users": create_user,
    "GET users/{id}": get_user,
    "PUT users/{id}": update_user,
    "DELETE users/{id}": delete_user,
    "GET users/email/{email}": _user_by("email"),
    "GET users/username/{username}": _user_by("username"),
    "GET groups": list_groups,
    "POST groups": create_group,
    "GET groups/{id}": get_group,
    "PUT groups/{id}": update_group,
    "DELETE groups/{id}": delete_group,
}
