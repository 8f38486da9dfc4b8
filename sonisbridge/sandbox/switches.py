"""Every open question about ActiveCampaign as a named switch with a stated default."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sonisbridge.sandbox.clock import account_zone


class SwitchError(ValueError):
    """A switch that does not exist, or a value it does not take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """One open question: its answers, the one assumed, and what they mean."""

    name: str
    default: str
    choices: tuple[str, ...]  # empty: free text; ("<number>",): a whole number
    meaning: str


def _table(text: str) -> Iterator[Switch]:
    for line in text.strip().splitlines():
        name, default, choices, meaning = (part.strip() for part in line.split("|", 3))
        yield Switch(
            name=name,
            default=default,
            choices=tuple(choices.split()) if choices != "text" else (),
            meaning=meaning,
        )


_LISTING = """
default_page_fields|20|20 100|Page size of /fields and /accountCustomFieldMeta when limit is missing.
meta_total|string|string number|How meta.total is written.
total_under_id_greater|all|all rest|Whether meta.total counts every match or what is left after id_greater.
include_with_id_greater|on|on off|Whether include= is honoured together with id_greater.
include_limit|0|<number>|Most side-loaded rows of one kind in one page; 0 is no limit.
unknown_filters|ignore|ignore reject|An unknown filters[...] on a listing: ignored, or answered 422.
updated_after_honours_time|on|on off|filters[updated_*] and [created_*] compare date-times; off: whole days.
updated_after_zone|offset|offset account utc|How the zone of a date-time in a filter is read.
updated_after_inclusive|off|on off|Whether the instant given to a filter belongs to the matches.
deleted_listed|off|on off|Whether deleted contacts appear in GET /contacts.
deleted_reads|rewritten|rewritten missing|A deleted contact by id: 200 with deleted+ID@..., or 404.
unlisted_listed|on|on off|Whether contacts on no list appear in GET /contacts.
unconfirmed_listed|on|on off|Whether contacts that are only unconfirmed appear in GET /contacts.
status_needs_list|off|on off|On: status= without listid= matches only contacts that are on a list.
status_with_listid|list|list contact|With listid=, status= is the status on that list, or on any list.
status_mixed|any|any all|status=2 matches a contact unsubscribed from any list, or only from all.
account_search|contains|contains prefix equals|How GET /accounts?search= matches.
field_value_filter|equals|equals contains|How GET /fieldValues?filters[val]= matches.
list_name_filter|contains|contains equals|How GET /lists?filters[name]= matches.
"""

_WRITING = """
blank_clears|off|on off reject|A blank custom field value: clears, is ignored, or is answered 422.
blank_clears_date|same|same on off reject|The same for date and datetime fields; same: as blank_clears.
blank_clears_bulk|same|same on off|The same for rows of the bulk importer; same: as blank_clears.
blank_clears_standard|on|on off|A blank first name, last name or phone: clears, or is ignored.
cleared_value|keep|keep remove|A cleared value leaves a row with an empty value, or no row.
option_mismatch|drop|drop store reject|A value that is not an option: dropped, stored, or answered 422.
listbox_holds|several|several one|Whether a listbox holds several options or only the first one sent.
bad_date|drop|drop store reject|A date that is none: dropped, stored, or answered 422.
datetime_rezoned|on|on off|Whether a datetime value is stored in the account's time zone.
unknown_field_put|ignore|ignore reject|An unknown field id in POST or PUT /contacts: ignored, or 422.
unknown_field_bulk|ignore|ignore reject|An unknown field id in a bulk row: ignored, or fails the batch.
email_case|lower|lower keep|E-mail addresses are stored in lower case, or as sent.
email_match|insensitive|insensitive sensitive|Whether addresses that differ in case are one contact.
deleted_email_reused|new|new revive reject|Writing a deleted contact's address: new contact, revival, or 422.
noop_bumps_udate|on|on off|Whether a write that changes nothing moves udate.
subwrite_bumps_udate|on|on off|Whether a field value, list, tag or account link moves udate.
udate_null_when_fresh|off|on off|Whether udate is null until the first change.
max_text_length|0|<number>|Longer text values, names and phones are cut; 0 is no limit.
html_escape|off|on off|Whether text comes back with &, < and > as HTML entities.
allow_null_email|off|on off|Whether contacts without an e-mail address may be made.
contact_limit|0|<number>|Most contacts of the account; 0 is no limit.
sync_update_status|200|200 201|Status of /contact/sync when the contact existed.
sync_inline_lists|on|on off|Whether POST /contacts and /contact/sync take lists and tags inline.
sync_matches_phone|off|on off|Whether /contact/sync without an e-mail matches by phone.
resubscribe_allowed|on|on off sourceid_4|Status 1 over an unsubscribe: works, 403, or only with sourceid 4.
delete_ends_links|on|on off|Whether deleting a contact removes its account link.
"""

_BULK = """
bulk_links_account|on|on off|Whether customer_acct_name links the contact to that account.
bulk_creates_account|on|on off|Whether an unknown customer_acct_name makes the account.
bulk_success_lists|created_and_updated|created_and_updated created|Which contact ids success holds.
bulk_success_key|Success|Success success|How the accepting reply spells its first key.
bulk_success_value|one|one count|What that key holds.
bulk_accept_status|200|200 201|Status of an accepted import.
bulk_bumps_udate|on|on off|Whether an import moves the udate of contacts that it changes.
bulk_row_order|sent|sent reversed|The order in which the rows of a batch are worked.
bulk_unsubscribed_row|fail|fail skip_list|A row that would re-subscribe: fails, or keeps the unsubscribe.
bulk_apostrophe|reject|reject accept|Whether an apostrophe in an address fails validation.
bulk_counts_in_rate|on|on off|Whether importer requests count in the five a second.
bulk_fires_webhooks|off|on off|Whether imports fire webhooks.
bulk_info_kept_seconds|0|<number>|A finished batch is unknown to /import/info after so long; 0 is never.
exclude_automations_place|either|either top row|Where exclude_automations is honoured.
"""

_REST = """
retry_after_header|on|on off|Whether a 429 carries Retry-After.
rate_limit_status|429|429 503|Status of a throttled request.
contact_tag_status|201|200 201|Status of POST /contactTags.
list_create_status|200|200 201|Status of POST /lists.
field_reply|one|one list|POST /fields answers with the field, or with a list of fields.
tag_duplicate|existing|existing reject sql_error|POST /tags of a known name: 200 with it, 422, or the SQL error.
perstag_unique|suffix|suffix reject allow|A personalization tag that exists: numbered, 422, or doubled.
accounts_enabled|on|on off|Whether the plan has accounts; off: 403.
fields_permitted|on|on off|Whether the key's user may change custom fields; off: 403.
read_status|none|none 402|Answer every request with 402, as for an account whose plan ended.
webhook_loopback|on|on off|Whether a webhook may point at this machine over http and any port.
webhook_update_on_fields|on|on off|Whether a custom field value alone fires the event update.
webhook_fields|named|named array|contact[fields] in a delivery: by personalization tag, or unnamed.
time_zone|-05:00|text|The account's time zone: an offset or an IANA name.
history|on|on off|Whether changes are kept for /_sandbox/history; off saves memory.
"""

SWITCHES: Mapping[str, Switch] = {
    switch.name: switch for part in (_LISTING, _WRITING, _BULK, _REST) for switch in _table(part)
}


class Switches(dict[str, str]):
    """The switches as they stand; starts with every default."""

    def __init__(self) -> None:
        super().__init__({name: switch.default for name, switch in SWITCHES.items()})

    def change(self, name: str, value: str) -> None:
        """Set one switch. Raises SwitchError with the reason when that is not possible."""
        switch = SWITCHES.get(name)
        if switch is None:
            raise SwitchError(f"there is no switch {name!r}")
        if switch.choices == ("<number>",):
            if not (value.isascii() and value.isdigit()):
                raise SwitchError(f"switch {name} takes a whole number")
        elif switch.choices and value not in switch.choices:
            raise SwitchError(f"switch {name} takes one of: {', '.join(switch.choices)}")
        elif name == "time_zone":
            _check_zone(value)
        self[name] = value

    def on(self, name: str) -> bool:
        """Whether an on/off switch is on."""
        return self[name] == "on"

    def number(self, name: str) -> int:
        """The value of a switch that holds a number."""
        return int(self[name])


def _check_zone(value: str) -> None:
    try:
        account_zone(value)
    except (ValueError, OSError, KeyError) as error:  # zoneinfo raises any of them
        raise SwitchError("switch time_zone takes -05:00 or a name such as US/Eastern") from error
