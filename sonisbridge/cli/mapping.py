"""`fields` and `mapping`: which data point feeds which contact field."""

from __future__ import annotations

from pathlib import Path

import click

from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.core.field_mapping import DATA_POINTS
from sonisbridge.store import institutions
from sonisbridge.sync import setup
from sonisbridge.sync.sides import opened

from .commands import Family
from .main import user
from .running import institution_option, json_option
from .show import as_json, table


@click.group(cls=Family)
def fields() -> None:
    """List the contact fields of the account, make the missing ones."""


@fields.command("list")
@institution_option
@json_option
def list_fields(institution: str | None, json_wanted: bool) -> None:
    """List every contact field, standard and custom."""
    with opened(institutions.get(institution)) as sides:
        found = list(sides.fields)
    if json_wanted:
        rows = [
            {
                "field": item.field_id,
                "title": item.title,
                "type": item.kind,
                "tag": item.tag,
                "options": item.options,
            }
            for item in found
        ]
        as_json({"fields": rows})
    else:
        kinds = ((i.field_id, i.title, "standard" if i.standard else i.kind, f"%{i.tag}%") for i in found)
        table(("Field", "Title", "Type", "Personalization tag"), kinds)


@fields.command()
@institution_option
@click.option("--yes", is_flag=True, help="Make them.")
@json_option
def create(institution: str | None, yes: bool, json_wanted: bool) -> None:
    """Show the custom fields that the default mapping lacks; make them with --yes."""
    row = institutions.get(institution)
    with opened(row) as sides:
        wanted = setup.missing(sides)
    made = setup.create_fields(row, by=user()) if yes else []
    if json_wanted:
        titles = [item.title for item in made]
        as_json(
            {
                "missing": [{"title": item.title, "type": item.kind} for item in wanted],
                "created": titles,
            }
        )
        return
    for item in wanted:
        options = f" with options {', '.join(item.options)}" if item.options else ""
        click.echo(f"{'Created' if yes else 'Missing'}: {item.title} ({item.kind}){options}")
    if not wanted:
        click.echo("Every field of the default mapping is there.")
    elif not yes:
        click.echo("Make them with `sonisbridge fields create --yes`.")


@click.group(cls=Family)
def mapping() -> None:
    """Choose which contact field each data point feeds."""


@mapping.command()
@institution_option
@json_option
def show(institution: str | None, json_wanted: bool) -> None:
    """Show the mapping in force, a row a data point."""
    row = institutions.get(institution)
    stored = institutions.field_mapping(row)
    with opened(row) as sides:
        known = sides.fields
    rows = []
    for point in DATA_POINTS:
        mapped = stored.row(point.key)
        found = known.get(mapped.field_id) if mapped else None
        rows.append(
            {
                "data_point": point.key,
                "contact_field": found.title if found else (f"missing field {mapped.field_id}" if mapped else None),
                "type": found.kind if found else None,
                "write_rule": str(mapped.write_rule) if mapped else None,
                "changeable": point.changeable,
            }
        )
    if json_wanted:
        as_json({"mapping": rows, "translations": stored.translations})
    else:
        cells = (
            (r["data_point"], r["contact_field"] or "(not mapped)", r["type"] or "", r["write_rule"] or "",
             "yes" if r["changeable"] else "no")
            for r in rows
        )  # fmt: skip
        table(("SONIS field", "Contact field", "Type", "Write rule", "Changeable"), cells)


@mapping.command()
@institution_option
@click.option("--apply", "apply_it", is_flag=True, help="Put it in force.")
@json_option
def suggest(institution: str | None, apply_it: bool, json_wanted: bool) -> None:
    """Show the default mapping of every data point whose field exists; --apply puts it in force."""
    row = institutions.get(institution)
    found, left_out = setup.suggest(row, apply=apply_it, by=user())
    if json_wanted:
        pairs = [{"data_point": item.data_point, "field": item.field_id} for item in found.rows]
        as_json({"mapping": pairs, "missing": list(left_out), "applied": apply_it})
        return
    click.echo(f"{len(found.rows)} data points {'are mapped now' if apply_it else 'can be mapped'}.")
    if not apply_it:
        click.echo("Put it in force with `sonisbridge mapping suggest --apply`.")
    if left_out:
        click.echo(f"No field yet for: {', '.join(left_out)}. Make them with `sonisbridge fields create --yes`.")


@mapping.command()
@click.argument("file", type=click.Path(path_type=Path))
@institution_option
@json_option
def apply(file: Path, institution: str | None, json_wanted: bool) -> None:
    """Put the mapping of a TOML FILE in force, in place of the one before."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise WrongSettingsError(f"The mapping file {str(file)!r} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise WrongSettingsError(f"The mapping file {str(file)!r} is not UTF-8 text: save it as UTF-8.") from error
    found = setup.apply_mapping_file(institutions.get(institution), text, by=user())
    if json_wanted:
        as_json({"mapping": [{"data_point": item.data_point, "field": item.field_id} for item in found.rows]})
    else:
        click.echo(f"{len(found.rows)} data points are mapped now.")


@mapping.command("export")
@institution_option
@json_option
def export_file(institution: str | None, json_wanted: bool) -> None:
    """Write the mapping in force as a TOML file to standard output."""
    text = setup.mapping_file(institutions.get(institution))
    if json_wanted:
        as_json({"file": text})
    else:
        click.echo(text, nl=False)
