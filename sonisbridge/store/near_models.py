"""The tables of what keeps both sides close between timed tasks: webhooks and watching (rules 9.1, 9.2)."""

from __future__ import annotations

from django.db import models


class Webhook(models.Model):
    """The address at which an institution hears of changed contacts. No row: nothing is heard. Only a hash of it is kept."""

    institution = models.OneToOneField("store.Institution", models.CASCADE, related_name="webhook")
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    registered = models.CharField(max_length=20, blank=True)  # its id in ActiveCampaign; "" when we did not register it
    heard_at = models.DateTimeField(null=True)  # when something last came, to the minute
    run = models.ForeignKey("store.Run", models.SET_NULL, null=True, related_name="+")  # the import under way for it
    try_at = models.DateTimeField(null=True)  # no import is ordered before that
    failures = models.IntegerField(default=0)  # how many imports in a row did not end well
    whole_due = models.BooleanField(default=False)  # more came than is kept: all contacts are to be looked at
    whole_taken = models.BooleanField(default=False)  # the import under way looks at all of them


class Hint(models.Model):
    """A contact that a delivery named. Nothing else of a delivery is believed or kept."""

    institution = models.ForeignKey("store.Institution", models.CASCADE, related_name="hints")
    contact_id = models.BigIntegerField()
    mark = models.CharField(max_length=64)  # hash of the delivery, to know it again
    at = models.DateTimeField()
    taken = models.BooleanField(default=False)  # the import under way looks at the contact
    tries = models.IntegerField(default=0)  # imports that looked at it and did not end well
    read_at = models.DateTimeField(null=True)  # nothing waits any more: kept a while, so that a replay is known

    class Meta:
        constraints = [models.UniqueConstraint(fields=["institution", "contact_id"], name="one_hint_a_contact")]
        indexes = [models.Index(fields=["institution", "read_at"], name="hints_waiting")]


class Watch(models.Model):
    """How far the looks at an institution's SONIS are, and what became of the last one."""

    institution = models.OneToOneField("store.Institution", models.CASCADE, related_name="watch")
    source = models.CharField(max_length=64, blank=True)  # the SONIS that the hashes are of; "" before the first look
    number = models.IntegerField(default=0)  # of the last look: who goes on with an older one keeps nothing
    looked_at = models.DateTimeField(null=True)  # when the last look began
    looking_until = models.DateTimeField(null=True)  # a look goes on; it is lost when this passes by
    run = models.ForeignKey("store.Run", models.SET_NULL, null=True, related_name="+")  # the export under way for it
    failures = models.IntegerField(default=0)  # looks and exports in a row that did not end well
    problem = models.TextField(blank=True)  # what went wrong last, "" when nothing


class SeenPerson(models.Model):
    """The hash of a person's rows when an export last knew of them, and the one that waits for its export to end."""

    institution = models.ForeignKey("store.Institution", models.CASCADE)
    sonis_id = models.CharField(max_length=40)
    mark = models.CharField(max_length=32, blank=True)  # "" for somebody who is new
    pending = models.CharField(max_length=32, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["institution", "sonis_id"], name="one_mark_a_person")]
        indexes = [models.Index(fields=["institution"], condition=~models.Q(pending=""), name="marks_pending")]
