"""The tables of the bridge. Personal data lives here and in the two systems, and nowhere else."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from . import near_models, timed_models  # noqa: F401 (they are tables of this application too)


class Institution(models.Model):
    """One SONIS with one ActiveCampaign account. Secrets are sealed (rule 12). A side that is blank is not connected yet."""

    name = models.CharField(max_length=80, unique=True)
    sonis_url = models.TextField(blank=True)  # sealed
    sonis_schema = models.TextField(blank=True)
    endpoint = models.TextField(blank=True)
    token = models.TextField(blank=True)  # sealed
    policy = models.JSONField(default=dict)
    sonis_refused = models.CharField(max_length=64, blank=True)  # hash of the SONIS address whose login was refused
    pair_confirmed = models.CharField(max_length=64, blank=True)  # fingerprint of the pair that exports may write to
    pair_shown = models.JSONField(default=dict)  # that pair in words: its SONIS database and its endpoint
    wrote_at = models.DateTimeField(null=True)  # when an export first wrote to this account
    account_id = models.CharField(max_length=20, blank=True)  # our account in ActiveCampaign, once known
    account_name = models.CharField(max_length=200, blank=True)  # the name that `account_id` was found under
    account_refused = models.CharField(max_length=200, blank=True)  # a name that could not be made an account of
    importer_links = models.BooleanField(null=True)  # learned by read-back: the importer puts contacts into the account
    honours_time = models.BooleanField(null=True)  # learned by calibration: updated_after looks at the time of day
    calibrated_at = models.DateTimeField(null=True)
    scanned_at = models.DateTimeField(null=True)  # the last full scan that was finished
    mark = models.DateTimeField(
        null=True
    )  # high-water mark of the contact mirror: the service's time before its newest scan
    account_copy = models.JSONField(default=dict)  # what the account last said of its fields and lists, for pages
    sonis_copy = models.JSONField(default=dict)  # what SONIS last said of its codes, for pages
    choices_copy = models.JSONField(default=dict)  # filter to the codes and texts that SONIS last had for it, for pages
    choices_read_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class MappingRow(models.Model):
    """One row of the field mapping: which data point feeds which contact field, and its write rule."""

    institution = models.ForeignKey(Institution, models.CASCADE, related_name="mapping_rows")
    data_point = models.CharField(max_length=40)
    field_id = models.CharField(max_length=20)
    write_rule = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["institution", "data_point"], name="one_row_a_data_point"),
            models.UniqueConstraint(fields=["institution", "field_id"], name="one_row_a_field"),
        ]


class Translation(models.Model):
    """One code of a data point and the label that ActiveCampaign gets for it (rule 2.3)."""

    institution = models.ForeignKey(Institution, models.CASCADE, related_name="translations")
    data_point = models.CharField(max_length=40)
    code = models.CharField(max_length=40)
    label = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["institution", "data_point", "code"], name="one_label_a_code"),
        ]


class MirrorContact(models.Model):
    """Our copy of what ActiveCampaign last said of one contact."""

    institution = models.ForeignKey(Institution, models.CASCADE, db_index=False)  # the constraint's serves
    contact_id = models.BigIntegerField()
    email = models.CharField(max_length=255, blank=True)
    email_key = models.CharField(max_length=255, blank=True)  # in its normal form (rule 5.1)
    first_name = models.CharField(max_length=255, blank=True)
    last_name = models.CharField(max_length=255, blank=True)
    name_key = models.CharField(max_length=511, blank=True)  # last and first name in their normal form, to be searched
    sonis_id = models.CharField(max_length=255, blank=True)  # what the field that is mapped as SONIS_ID holds
    standing = models.CharField(max_length=12, blank=True)  # active, unconfirmed, unsubscribed, bounced, "" on no list
    fields = models.JSONField(default=dict)  # field id to value, standard fields too, blank ones left out
    lists = models.JSONField(default=dict)  # list id to standing
    account_id = models.CharField(max_length=20, blank=True)
    bounced = models.BooleanField(default=False)
    created = models.DateTimeField(null=True)
    updated = models.DateTimeField(null=True)
    scan = models.BigIntegerField(default=0)  # the full scan that saw it last
    fields_mark = models.CharField(
        max_length=32, blank=True
    )  # fingerprint of `fields`, that agreements are held against

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["institution", "contact_id"], name="one_mirror_row_a_contact"),
        ]
        indexes = [
            models.Index(fields=["institution", "updated"], name="mirror_updated"),
            models.Index(fields=["institution", "email_key"], name="mirror_email"),
            models.Index(fields=["institution", "sonis_id"], name="mirror_sonis_id"),
            models.Index(fields=["institution", "created"], name="mirror_created"),
            models.Index(  # sorts and searches by name; a filter looks at its last two columns, not at each contact
                fields=["institution", "name_key", "email_key", "standing", "account_id"], name="mirror_names"
            ),
        ]


class Link(models.Model):
    """A match that is kept: this person is this contact (rule 5.2), and what we know of its fields."""

    institution = models.ForeignKey(Institution, models.CASCADE, db_index=False)  # the constraint's serves
    sonis_id = models.CharField(max_length=40)
    contact_id = models.BigIntegerField()
    how = models.CharField(max_length=20)
    decided_by = models.CharField(max_length=80, blank=True)
    confirmed = models.JSONField(default=dict)  # field id to the value last read back after we wrote it
    not_kept = models.JSONField(default=dict)  # field id to [sent, read back instead]
    first_run = models.BigIntegerField(null=True)
    checked_run = models.BigIntegerField(null=True)  # the last run that found them to agree; 0: each of everybody since

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["institution", "sonis_id"], name="one_link_a_person"),
            models.UniqueConstraint(fields=["institution", "contact_id"], name="one_link_a_contact"),
        ]


class Agreement(models.Model):
    """What was once worked out: with these rows of SONIS, a contact that holds just this needs nothing (decision 0021)."""

    institution = models.ForeignKey(Institution, models.CASCADE, db_index=False)  # the constraint's serves
    sonis_id = models.CharField(max_length=40)
    terms = models.CharField(max_length=32)  # fingerprint of all else that it was worked out with
    rows_mark = models.CharField(max_length=40)  # fingerprint of the person's rows in SONIS
    fields_mark = models.CharField(max_length=32)  # fingerprint of the contact's fields
    second_email = models.CharField(max_length=255, blank=True)  # the person's other address, in its normal form
    notes = models.TextField(blank=True)  # what there is to look at all the same, as a list in JSON

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["institution", "sonis_id"], name="one_agreement_a_person"),
        ]


class AgreedPage(models.Model):
    """A page of people whose agreements were all found to be of the rows that they had (decision 0021)."""

    institution = models.ForeignKey(Institution, models.CASCADE, db_index=False)  # the constraint's serves
    mark = models.CharField(max_length=32)  # fingerprint of the rows and of the agreements

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["institution", "mark"], name="one_mark_a_page"),
        ]


class Decision(models.Model):
    """What a user said about a conflict; it is remembered (rule 5.4). A link is kept in Link."""

    NOT_SAME, IGNORE = "not-same", "ignore"

    institution = models.ForeignKey(Institution, models.CASCADE)
    action = models.CharField(max_length=20)
    sonis_id = models.CharField(max_length=40, blank=True)
    contact_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=40, blank=True)
    by = models.CharField(max_length=80)
    at = models.DateTimeField(auto_now_add=True)


class OpenConflict(models.Model):
    """A conflict that waits for a user, for as long as runs go on finding it."""

    institution = models.ForeignKey(Institution, models.CASCADE)
    kind = models.CharField(max_length=10)  # found by outbound or inbound runs
    reason = models.CharField(max_length=40)
    sonis_id = models.CharField(max_length=40, blank=True)
    contact_ids = models.JSONField(default=list)
    proposed = models.BigIntegerField(null=True)
    name = models.CharField(max_length=511, blank=True)  # the person's, or the contact's where it names no one person
    message = models.TextField()
    first_run = models.BigIntegerField()
    last_run = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["institution", "reason"], name="conflicts_by_reason")]


class Run(models.Model):
    """One trip through a flow: who started it, with what, how far it is, how it ended (rule 8.1)."""

    institution = models.ForeignKey(Institution, models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=10)  # outbound or inbound
    preview = models.BooleanField(default=False)
    reconcile = models.BooleanField(default=False)
    status = models.CharField(max_length=30, default="running")
    approved = models.BooleanField(default=False)  # apply without holding
    applying = models.BooleanField(default=False)  # a stored plan is to be applied, or was
    started_by = models.CharField(max_length=80)
    filters = models.JSONField(default=dict)
    queued_at = models.DateTimeField(null=True)  # when it was ordered; null: the command line carried it out itself
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    step = models.CharField(max_length=60, blank=True)
    step_began_at = models.DateTimeField(null=True)
    done = models.IntegerField(default=0)
    total = models.IntegerField(null=True)
    counts = models.JSONField(default=dict)
    warnings = models.JSONField(default=dict)  # a warning in plain words to how many people it concerns
    drift = models.IntegerField(default=0)
    requests = models.IntegerField(default=0)
    seconds = models.FloatField(default=0)
    message = models.TextField(blank=True)
    hold_reasons = models.JSONField(default=list)
    plan_mark = models.CharField(max_length=64, blank=True)  # fingerprint of the mapping and choices it was made with
    planned_at = models.DateTimeField(null=True)  # the whole plan is stored
    ways = models.JSONField(default=dict)  # which way its lines go, for the estimate of what sending them takes
    cancel_requested = models.BooleanField(default=False)
    fence = models.IntegerField(default=0)  # how often it was taken up: who holds an older number must not write
    worker = models.CharField(max_length=120, blank=True)  # the program that took it up last
    follows = models.BigIntegerField(null=True)  # the interrupted run that this one goes on from
    attempt = models.IntegerField(default=1)  # one more than the run it follows, when that one's worker vanished

    class Meta:
        indexes = [
            models.Index(fields=["institution", "-id"], name="runs_newest_first"),
            models.Index(fields=["status", "queued_at"], name="runs_queue"),
        ]


class Lock(models.Model):
    """One run at a time for an institution and for an ActiveCampaign account (rule 8.2): a lease that must be renewed."""

    key = models.CharField(max_length=200, primary_key=True)
    run = models.BigIntegerField()
    fence = models.IntegerField(default=0)  # the run's fence when it took the lock
    until = models.DateTimeField()  # of a queued run: when it was queued; its lock holds on until it is taken up


class WorkerSeen(models.Model):
    """A worker, and when it was last heard of (rule 8.2 knows leases; this is for operators alone)."""

    name = models.CharField(max_length=120, primary_key=True)
    engine = models.CharField(max_length=20)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()


class Chore(models.Model):
    """Something that one worker of all does once in a while, and when one last took it on."""

    name = models.CharField(max_length=40, primary_key=True)
    taken_at = models.DateTimeField()


class Tally(models.Model):
    """Something that is counted for ever, for operators: its name and labels, and the sum."""

    name = models.CharField(max_length=120, primary_key=True)  # such as runs|outbound|succeeded
    value = models.FloatField(default=0)


class PlanLine(models.Model):
    """One line of a plan and what became of it: an outcome for one person or contact."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="lines", db_index=False)  # the constraint's serves
    position = models.IntegerField()
    sonis_id = models.CharField(max_length=40, blank=True)
    contact_id = models.BigIntegerField(null=True)
    name = models.CharField(max_length=255, blank=True)  # of the person or contact, when the line was planned
    planned = models.CharField(max_length=20)  # the outcome that the plan expects
    change = models.JSONField(default=dict)  # field id to [before, after]; what a create sends has "" before
    email = models.CharField(max_length=255, blank=True)  # the address that the change goes to
    link_account = models.BooleanField(default=False)
    drift = models.JSONField(default=list)  # the fields that somebody changed in ActiveCampaign since we confirmed them
    how = models.CharField(max_length=20, blank=True)  # which step of the ladder found the contact
    person_mark = models.CharField(max_length=64, blank=True)  # fingerprint of the person as planned
    contact_mark = models.CharField(max_length=64, blank=True)  # fingerprint of the contact as planned
    sent = models.BooleanField(default=False)  # intent: the change may have been sent
    outcome = models.CharField(max_length=20, blank=True)  # "" until it is known
    reason = models.CharField(max_length=40, blank=True)
    message = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="one_line_a_position")]
        indexes = [
            models.Index(fields=["run", "outcome", "planned", "reason"], name="lines_by_outcome"),
            models.Index(fields=["contact_id"], name="lines_by_contact"),
            models.Index(fields=["sonis_id"], name="lines_by_person"),
        ]


class Batch(models.Model):
    """One request of the bulk importer: written down before it is sent, so that a later run can wait for its end."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="batches")
    batch_id = models.CharField(max_length=80, blank=True)
    rows = models.IntegerField()
    state = models.CharField(max_length=20, default="sending")  # sending, posted, completed, failed, interrupted, lost
    at = models.DateTimeField(auto_now_add=True)


class DriftRecord(models.Model):
    """A value that somebody changed in ActiveCampaign and an export overwrote (rule 6.9)."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="drift_records")
    sonis_id = models.CharField(max_length=40)
    contact_id = models.BigIntegerField()
    field_id = models.CharField(max_length=20)
    theirs = models.TextField()
    ours = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["sonis_id"], name="drift_by_person")]


class ImportedContact(models.Model):
    """The ledger of imports: which contact became which web prospect and, once converted, which person (rule 7.1)."""

    institution = models.ForeignKey(Institution, models.CASCADE)
    contact_id = models.BigIntegerField()
    row_id = models.CharField(max_length=40)
    sonis_id = models.CharField(max_length=40, blank=True)
    written = models.BooleanField(default=False)  # False: the intent alone
    left_over = models.JSONField(default=dict)
    prospect = models.JSONField(default=dict)  # the whole of what was imported, for its conversion
    run = models.BigIntegerField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["institution", "contact_id"], name="one_import_a_contact"),
        ]


class PaceRow(models.Model):
    """The shared pace of one ActiveCampaign account: when its next slot is (rule 4.2)."""

    key = models.CharField(max_length=200, primary_key=True)  # account and kind of cost
    next_at = models.FloatField(default=0)  # seconds since the epoch


class AuditEntry(models.Model):
    """Who changed what (rule 12). Secrets are never in it."""

    institution = models.ForeignKey(Institution, models.SET_NULL, null=True)
    at = models.DateTimeField(auto_now_add=True)
    by = models.CharField(max_length=80)
    action = models.CharField(max_length=80)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["institution", "-id"], name="audit_newest_first")]


class Grant(models.Model):
    """One role of one user: for one institution, or for all of them (rule 12)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="grants")
    institution = models.ForeignKey(Institution, models.CASCADE, null=True, blank=True)  # None: every institution
    role = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "institution"], name="one_grant_an_institution"),
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(institution=None), name="one_grant_for_all_institutions"
            ),
        ]


class SetUpCode(models.Model):
    """The one code with which a fresh installation is claimed; only its hash is kept. It goes with the first user."""

    code_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField(auto_now_add=True)


class GivenPassword(models.Model):
    """The user's password was made for them: it signs in until `until`, and the first thing they do is choose another."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="given_password")
    until = models.DateTimeField()


class ApiToken(models.Model):
    """A personal token of the read-only interface: it sees what its user sees. The token itself is not kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    beginning = models.CharField(max_length=12)  # the first characters, by which its user knows it again
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="one_token_a_name")]


class CacheEntry(models.Model):
    """What must be counted across threads, programs and machines for a short while: attempts to sign in, calls of a token.

    Django's database cache reads and writes this table; it is a model so that migrations make it.
    """

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "store_cache"
