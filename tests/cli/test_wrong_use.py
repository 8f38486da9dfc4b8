"""Wrong words on the command line: status 2 and one plain line that names the thing and the mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Joined, Pattern
from tests.cli.program import Bridge

WRONG = {
    "exprot": "No such command 'exprot'. Did you mean 'export'? See `sonisbridge --help`.",
    "runs lst": "No such command 'lst'. Did you mean 'list'? See `sonisbridge runs --help`.",
    "--frob": "No such option '--frob'. See `sonisbridge --help`.",
    "export --priview": "No such option '--priview'. Did you mean '--preview'? See `sonisbridge export --help`.",
    "export --preview --yes": "--preview writes nothing and --yes writes at once: choose one. See `sonisbridge export --help`.",
    "export --received-from 9/1/2026": "Invalid value for '--received-from': '9/1/2026' is not a day: write it as YYYY-MM-DD, "
    "for example 2026-09-01. See `sonisbridge export --help`.",
    "export --entry-to 2026-02-30": "Invalid value for '--entry-to': '2026-02-30' is not a day: write it as YYYY-MM-DD, "
    "for example 2026-09-01. See `sonisbridge export --help`.",
    "export AB1": "Got unexpected extra argument (AB1). See `sonisbridge export --help`.",
    "runs show seven": "Invalid value for 'ID': 'seven' is not a valid integer. See `sonisbridge runs show --help`.",
    "runs apply": "Missing argument 'ID'. See `sonisbridge runs apply --help`.",
    "conflicts resolve 3 burn": "Invalid value for '{link|not-same|ignore}': 'burn' is not one of 'link', 'not-same', "
    "'ignore'. See `sonisbridge conflicts resolve --help`.",
    "institution set Springfield time_zone": "Each setting is written KEY=VALUE, for example time_zone=America/Chicago. "
    "See `sonisbridge institution set --help`.",
    "institution set Springfield token=abc": "A token is never an argument: use token=- and give it on standard input. "
    "See `sonisbridge institution set --help`.",
    "prospects convert": "Give the ID of one web prospect, or --all. See `sonisbridge prospects convert --help`.",
    "prospects convert 4 --all": "Give the ID of one web prospect, or --all. See `sonisbridge prospects convert --help`.",
    "conflicts resolve link": "Give the numbers of conflicts, or --reason for all of one reason. "
    "See `sonisbridge conflicts resolve --help`.",
    "runs show 99": "There is no run 99: `sonisbridge runs list` shows them.",
    "runs apply 99": "There is no run 99: `sonisbridge runs list` shows them.",
    "runs cancel 99": "There is no run 99: `sonisbridge runs list` shows them.",
    "conflicts resolve 99 link": "No conflict 99 waits: `sonisbridge conflicts list` shows those that do.",
    "conflicts resolve --reason shared-email ignore": "No conflict waits with the reason shared-email: "
    "`sonisbridge conflicts list` shows all.",
    "prospects convert 99": "There is no web prospect 99: `sonisbridge prospects list` shows those that wait.",
    "export --institution Shelbyville": "There is no institution named 'Shelbyville'; there are: Springfield.",
    "export --status XX": "SONIS knows no status 'XX': there are AL, AP, FA, PS, ST.",
    "mapping apply nowhere.toml": "The mapping file 'nowhere.toml' cannot be read: No such file or directory.",
    "institution set Springfield country=Atlantis": "country cannot be 'Atlantis': give two letters such as US.",
    "institution set Springfield time_zone=Mars": "time_zone cannot be 'Mars': give a name such as America/Chicago.",
    "institution set Springfield automations=perhaps": "automations cannot be 'perhaps': give yes or no.",
    "institution set Springfield hold_changed_count=-3": "hold_changed_count cannot be '-3': give a number from 0.",
    "institution set Springfield reserve=nan": "reserve cannot be 'nan': give requests a second, from 0 to below 4.76.",
    "institution set Springfield pair=yes": "Only `pair=confirmed` can be set: it allows exports for the pair as it is now.",
    "institution set Springfield sonis_url=garbage": "The address of SONIS is not a database address such as "
    "postgresql://user:password@host/sonis.",
    "institution set Springfield term_template={yaer}": "term_template cannot be '{yaer}': use {term}, {year} and {code} only.",
}


@pytest.fixture(scope="module")
def bridge(pattern: Pattern, tmp_path_factory: pytest.TempPathFactory) -> Bridge:
    """A connected bridge that the whole module shares: what is refused changes nothing."""
    return pattern.bridge.copy(tmp_path_factory.mktemp("wrong") / "home")


@pytest.mark.parametrize("command", WRONG)
def test_wrong_use_is_told_in_one_line(bridge: Bridge, command: str):
    assert bridge.refused(2, *command.split()) == WRONG[command]


def test_wrong_use_is_told_without_a_database(fresh: Bridge):
    line = fresh.refused(2, "export", "--priview", SONISBRIDGE_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert line == WRONG["export --priview"]


def test_a_misspelt_setting_is_named_with_the_nearest(bridge: Bridge):
    line = bridge.refused(2, "institution", "set", "Springfield", "timezone=America/Chicago")
    assert line.startswith("There is no setting 'timezone'. Did you mean 'time_zone'? There are: account_name, ")


def test_settings_are_changed_all_or_none(bridge: Bridge):
    before = bridge.json("institution", "list")
    bridge.refused(2, "institution", "set", "Springfield", "country=CA", "reserve=much")
    assert bridge.json("institution", "list") == before


def test_a_token_on_an_argument_is_refused(fresh: Bridge):
    add = ("institution", "add", "X", "--sonis", "sqlite:///x", "--endpoint", "https://x.example")
    assert "No such option '--token'" in fresh.refused(2, *add, "--token", "s3cret-token")
    assert "s3cret-token" not in fresh.refused(2, *add, "--token", "s3cret-token")


def test_a_token_that_is_nowhere_is_asked_for(fresh: Bridge):
    add = ("institution", "add", "X", "--sonis", "sqlite:///x", "--endpoint", "https://x.example")
    assert fresh.refused(2, *add, "--token-env", "NO_SUCH") == (
        "The environment variable NO_SUCH is not set, or blank: put the Access Token into it."
    )
    assert fresh.refused(2, *add) == (
        "No Access Token on standard input: give it there, or name a variable with --token-env."
    )


@pytest.mark.parametrize(
    "command",
    ["export", "import", "reconcile", "check", "fields list", "mapping show", "conflicts list", "prospects list"],
)
def test_without_an_institution_the_first_step_is_named(fresh: Bridge, command: str):
    assert fresh.refused(2, *command.split()) == (
        "No institution is connected yet: start with `sonisbridge institution add`."
    )


def test_lists_that_are_empty_say_how_to_begin(fresh: Bridge):
    assert fresh.ok("institution", "list") == (
        "No institution is connected yet: start with `sonisbridge institution add`.\n"
    )
    assert fresh.ok("runs", "list").startswith("No run yet: start with ")


def test_of_several_institutions_one_must_be_named(joined: Joined):
    joined.bridge.ok(
        "institution", "add", "Shelbyville", "--sonis", joined.school.url, "--endpoint", joined.account.url,
        "--token-env", "TEST_TOKEN",
    )  # fmt: skip
    assert joined.bridge.refused(2, "export") == (
        "There are several institutions (Shelbyville, Springfield): say which with --institution."
    )
    assert joined.bridge.json("export", "-i", "Springfield", "--preview")["counts"]["read"] == 0


def test_a_name_is_given_once(joined: Joined):
    line = joined.bridge.refused(
        2, "institution", "add", "Springfield", "--sonis", joined.school.url, "--endpoint", joined.account.url,
        "--token-env", "TEST_TOKEN",
    )  # fmt: skip
    assert line.startswith("There is an institution named 'Springfield' already: ")


def test_a_run_that_waits_for_nobody_is_neither_applied_nor_cancelled(joined: Joined):
    joined.school.add("AB1", "Ana", "Lima", "ana@example.edu")
    done = str(joined.bridge.json("export", "--yes")["run"])
    imported = str(joined.bridge.json("import")["run"])
    for run in (done, imported):
        assert joined.bridge.refused(2, "runs", "apply", run) == (
            f"Run {run} has no plan that waits to be applied: only a held or previewed export has."
        )
    assert joined.bridge.refused(2, "runs", "cancel", done) == f"Run {done} is not running: it ended as succeeded."


def test_a_plan_that_was_dropped_is_not_applied(joined: Joined):
    joined.school.add("AB1", "Ana", "Lima", "ana@example.edu")
    held = str(joined.bridge.json("export", status=4)["run"])
    assert joined.bridge.json("runs", "cancel", held)["status"] == "cancelled"
    joined.bridge.refused(2, "runs", "apply", held)
    assert joined.bridge.json("export", "--yes")["counts"]["created"] == 1


SONIS_ID = '[[mapping]]\ndata_point = "name.sonis_id"\ncontact_field = "SONIS_ID"\n'
EMAIL = '[[mapping]]\ndata_point = "address.email"\ncontact_field = "Email Address"\n'
NICKNAME = '[[mapping]]\ndata_point = "name.nickname"\ncontact_field = "Preferred Name"\n'
BROKEN = {
    "[[mapping]\n": "The mapping file is not TOML: ",
    SONIS_ID + EMAIL + NICKNAME.replace("nickname", "nikname"): "Row 3 of the mapping file names 'name.nikname'",
    SONIS_ID + EMAIL + NICKNAME.replace("Preferred", "Prefered"): "Row 3 of the mapping file (name.nickname) goes to",
    SONIS_ID
    + EMAIL
    + NICKNAME
    + NICKNAME.replace("name.nickname", "prospect.memo1"): "name.nickname: Its contact field is also that of",
    SONIS_ID
    + EMAIL
    + NICKNAME
    + 'write_rule = "SOMETIMES"\n': "Row 3 of the mapping file (name.nickname) has the write rule",
    EMAIL + NICKNAME: "name.sonis_id: ",
    SONIS_ID + NICKNAME: "address.email: ",
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_mapping_file_changes_nothing(bridge: Bridge, tmp_path: Path, text: str):
    before = bridge.ok("mapping", "export")
    file = tmp_path / "mapping.toml"
    file.write_text(text, encoding="utf-8")
    assert bridge.refused(2, "mapping", "apply", str(file)).startswith(BROKEN[text])
    assert bridge.ok("mapping", "export") == before


def test_a_mapping_file_must_be_utf_8_text(bridge: Bridge, tmp_path: Path):
    file = tmp_path / "mapping.toml"
    file.write_bytes(b"# caf\xe9\n")
    assert bridge.refused(2, "mapping", "apply", str(file)) == (
        f"The mapping file '{file}' is not UTF-8 text: save it as UTF-8."
    )
    assert bridge.refused(2, "mapping", "apply", str(tmp_path)) == (
        f"The mapping file '{tmp_path}' cannot be read: Is a directory."
    )


def test_a_mapping_file_goes_round(bridge: Bridge, tmp_path: Path):
    file = tmp_path / "mapping.toml"
    file.write_text(SONIS_ID + EMAIL + NICKNAME + '[translate.modstat]\nPS = "Prospect"\n', encoding="utf-8")
    own = bridge.copy(tmp_path / "home")
    assert own.ok("mapping", "apply", str(file)) == "3 data points are mapped now.\n"
    again = own.ok("mapping", "export")
    file.write_text(again, encoding="utf-8")
    own.ok("mapping", "apply", str(file))
    assert own.ok("mapping", "export") == again
    assert 'PS = "Prospect"' in again
