"""`notifications`: which group is told of what, and what became of each notice (rule 10)."""

from __future__ import annotations

from typing import Any

import click
from django.utils import timezone

from sonisbridge.core.notices import TYPES, Method, NoticeType, ReminderType
from sonisbridge.notify.email import NO_SERVER, configured
from sonisbridge.store import assignments, institutions
from sonisbridge.store import notices as outbox
from sonisbridge.store.assignments import Member, Wanted
from sonisbridge.store.timed_models import Assignment, Delivery, NoticeGroup
from sonisbridge.sync import notices

from .commands import Family
from .main import user
from .running import institution_option, json_option, notices_after
from .show import as_json, table


@click.group(cls=Family)
def notifications() -> None:
    """Say who is told that an import or export has run, and how."""


@notifications.command("list")
@institution_option
@json_option
def list_(institution: str | None, json_wanted: bool) -> None:
    """List the notification assignments."""
    found = list(assignments.all_of(institutions.get(institution)))
    if json_wanted:
        as_json({"notifications": [document(row) for row in found], "mail_server": configured()})
        return
    if not found:
        click.echo(
            "Nobody is told of anything yet: make a group and an assignment with `sonisbridge notifications --help`."
        )
        return
    rows = (
        (row.code, TYPES[NoticeType(row.type)].title, row.name, row.group.name, row.owner_sonis_id, row.method)
        for row in found
    )
    table(("Code", "Type", "Name", "Group", "Owner", "Method"), rows)
    if not configured():
        click.echo(NO_SERVER)


def document(row: Assignment) -> dict[str, Any]:
    """An assignment as JSON has it."""
    names = ("code", "type", "name", "owner_sonis_id", "message", "method", "reminder_type", "with_people")
    return {name: getattr(row, name) for name in names} | {"group": row.group.name}


@notifications.command()
@institution_option
@click.option(
    "--type", "kind", required=True, type=click.Choice([str(item) for item in NoticeType]), help="What is told."
)
@click.option("--name", required=True, help="The subject of the notice, at most 50 characters.")
@click.option("--code", required=True, help="A short name of its own, at most 20 characters.")
@click.option("--group", required=True, help="The group that is told.")
@click.option("--owner", required=True, metavar="SONIS-ID", help="Whose address in SONIS is the sender.")
@click.option("--message", help="What introduces the run's summary; without it, a sentence about the type.")
@click.option("--method", type=click.Choice([str(item) for item in Method]), default=str(Method.EMAIL), show_default=True,
              help="How the group is told.")  # fmt: skip
@click.option("--reminder-type", type=click.Choice([str(item) for item in ReminderType]), default=str(ReminderType.NOTE),
              show_default=True, help="An alert also stands on top of every page until it is read.")  # fmt: skip
@click.option("--with-people", is_flag=True, help="Also say what became of whom: personal data leaves by e-mail.")
@json_option
def add(institution: str | None, json_wanted: bool, kind: str, owner: str, group: str, **given: Any) -> None:
    """Tell a group of every import, export, failure or new conflict."""
    row = institutions.get(institution)
    notice_type = NoticeType(kind)
    message = given.pop("message") or TYPES[notice_type].message
    method, reminder_type = Method(given.pop("method")), ReminderType(given.pop("reminder_type"))
    wanted = Wanted(
        type=notice_type, group=assignments.find_group(row, group), owner=notices.checked_owner(row, owner), message=message,
        method=method, reminder_type=reminder_type, **given,
    )  # fmt: skip
    made = assignments.add(row, wanted, by=user())
    if json_wanted:
        as_json(document(made) | {"mail_server": configured()})
        return
    click.echo(f"Added notification {made.code}: {made.group.name} is told by {_HOW[Method(made.method)]}.")
    if method.by_email and not configured():
        click.echo(NO_SERVER)


_HOW = {
    Method.EMAIL: "e-mail", Method.REMINDER: "reminder", Method.BOTH: "e-mail and reminder", Method.NONE: "nothing",
}  # fmt: skip


@notifications.command()
@click.argument("code")
@institution_option
@json_option
def remove(code: str, institution: str | None, json_wanted: bool) -> None:
    """Forget the assignment with that CODE, and the notices that came of it."""
    assignments.remove(assignments.find(institutions.get(institution), code), by=user())
    if json_wanted:
        as_json({"removed": code})
    else:
        click.echo(f"Removed notification {code}.")


@notifications.command()
@click.argument("code")
@institution_option
@json_option
def test(code: str, institution: str | None, json_wanted: bool) -> None:
    """Send the assignment with that CODE to its owner alone, about a run that never was."""
    row = assignments.find(institutions.get(institution), code)
    with notices_after():
        notices.send_test(row, now=timezone.now())
    shown = notices.preview(row)
    if json_wanted:
        as_json({"subject": shown.subject, "sender": shown.sender, "text": shown.text})
    else:
        click.echo(f"On its way to {shown.sender}; `sonisbridge notifications deliveries` shows what becomes of it.")
        click.echo(f"\n{shown.subject}\n\n{shown.text}", nl=False)


@notifications.command()
@institution_option
@click.option("--most", default=20, show_default=True, type=click.IntRange(1), help="How many, the newest first.")
@json_option
def deliveries(institution: str | None, most: int, json_wanted: bool) -> None:
    """List what became of each notice: to whom, how, and why not."""
    found = outbox.latest(institutions.get(institution), most)
    if json_wanted:
        as_json({"deliveries": [_delivery(item) for item in found]})
    elif not found:
        click.echo("Nothing was to be delivered yet.")
    else:
        rows = (
            (f"{item.notice.at:%Y-%m-%d %H:%M}", item.notice.assignment.code, item.notice.run_id or "test", item.method,
             item.address or item.sonis_id, item.state, item.problem)
            for item in found
        )  # fmt: skip
        table(("When (UTC)", "Code", "Run", "How", "To", "State", "Problem"), rows)


def _delivery(item: Delivery) -> dict[str, Any]:
    return {
        "at": item.notice.at.isoformat(),
        "code": item.notice.assignment.code,
        "run": item.notice.run_id,
        "method": item.method,
        "address": item.address or None,
        "sonis_id": item.sonis_id or None,
        "state": item.state,
        "attempts": item.attempts,
        "problem": item.problem or None,
    }


@notifications.command()
@institution_option
@json_option
def groups(institution: str | None, json_wanted: bool) -> None:
    """List the groups and their members."""
    found = list(assignments.groups(institutions.get(institution)))
    if json_wanted:
        as_json({"groups": [_group(item) for item in found]})
    elif not found:
        click.echo("No group yet: make one with `sonisbridge notifications group NAME --add ID`.")
    else:
        table(("Group", "Members"), ((item.name, ", ".join(_group(item)["members"])) for item in found))


def _group(group: NoticeGroup) -> dict[str, Any]:
    found = assignments.members(group)
    return {"group": group.name, "members": [member.sonis_id or member.address for member in found]}


@notifications.command()
@click.argument("name")
@institution_option
@click.option(
    "--add", "added", multiple=True, metavar="ID|ADDRESS", help="A SONIS ID or an e-mail address; may be repeated."
)
@click.option(
    "--take-out", "taken", multiple=True, metavar="ID|ADDRESS", help="Somebody who is told no more; may be repeated."
)
@click.option("--remove", "gone", is_flag=True, help="Forget the group.")
@json_option
def group(
    name: str, institution: str | None, added: tuple[str, ...], taken: tuple[str, ...], gone: bool, json_wanted: bool
) -> None:
    """Make the group NAME, or change who is in it."""
    row = institutions.get(institution)
    if gone:
        if added or taken:
            raise click.UsageError("--remove forgets the whole group: give it alone.")
        assignments.remove_group(assignments.find_group(row, name), by=user())
        told = {"removed": name}
    else:
        out = [Member(address=text) if "@" in text else Member(sonis_id=text) for text in map(str.strip, taken)]
        changed = assignments.put_group(row, name, add=notices.checked_members(row, added), remove=out, by=user())
        told = _group(assignments.find_group(row, changed.name))
    if json_wanted:
        as_json(told)
    elif gone:
        click.echo(f"Removed group {name}.")
    else:
        click.echo(f"{name}: {', '.join(told['members']) or 'nobody'}.")
