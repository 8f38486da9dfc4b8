"""The tables of timed tasks and of notifications, part of those of the bridge (rules 9, 10)."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class ScheduleRow(models.Model):
    """A schedule as it is kept: when which runs start by themselves, and when that is next due."""

    institution = models.ForeignKey("store.Institution", models.CASCADE, related_name="schedules")
    task = models.CharField(max_length=60)
    frequency = models.CharField(max_length=10)
    start_date = models.DateField()  # dates and times are those of the institution's time zone
    start_time = models.TimeField()
    end_date = models.DateField(null=True)
    end_time = models.TimeField(null=True)
    paused = models.BooleanField(default=False)
    next_due = models.DateTimeField(null=True, db_index=True)  # null: paused, or over
    created_by = models.CharField(max_length=80)
    created_at = models.DateTimeField(auto_now_add=True)


class ScheduledStart(models.Model):
    """One time that a schedule was due or was run by a user, and how far its import and then its export are."""

    IMPORTING, EXPORTING, DONE, SKIPPED = "importing", "exporting", "done", "skipped"

    schedule = models.ForeignKey(ScheduleRow, models.CASCADE, related_name="starts")
    due = models.DateTimeField()
    started_at = models.DateTimeField()
    by = models.CharField(max_length=80, blank=True)  # the user who ran it; "" by the clock
    state = models.CharField(max_length=10)
    import_run = models.ForeignKey("store.Run", models.SET_NULL, null=True, related_name="+")
    export_run = models.ForeignKey("store.Run", models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    message = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["schedule", "due"], name="one_start_a_due_time")]
        indexes = [models.Index(fields=["state"], name="starts_by_state")]


class NoticeGroup(models.Model):
    """Who is told together: people of SONIS and plain addresses."""

    institution = models.ForeignKey("store.Institution", models.CASCADE, related_name="notice_groups")
    name = models.CharField(max_length=50)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["institution", "name"], name="one_group_a_name")]


class GroupMember(models.Model):
    """One of a group. Of a person of SONIS the address is what SONIS said last, for the hour when it does not answer."""

    group = models.ForeignKey(NoticeGroup, models.CASCADE, related_name="members")
    sonis_id = models.CharField(max_length=40, blank=True)  # "" for a plain address
    address = models.CharField(max_length=254, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "sonis_id", "address"], name="one_member_once")]


class Assignment(models.Model):
    """A notification assignment: which group is told of what, in whose name, and how."""

    institution = models.ForeignKey("store.Institution", models.CASCADE, related_name="assignments")
    type = models.CharField(max_length=20)
    name = models.CharField(max_length=50)  # the subject of the notice
    code = models.CharField(max_length=25)
    group = models.ForeignKey(NoticeGroup, models.PROTECT, related_name="assignments")
    owner_sonis_id = models.CharField(max_length=40)
    owner_address = models.CharField(max_length=254)  # what SONIS said last
    owner_name = models.CharField(max_length=100)
    message = models.TextField(blank=True)
    method = models.CharField(max_length=10)
    reminder_type = models.CharField(max_length=10)
    with_people = models.BooleanField(default=False)  # the notice says what became of whom
    created_by = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["institution", "code"], name="one_assignment_a_code")]


class Notice(models.Model):
    """What a run's end calls for: written in the transaction that ends the run, carried out afterwards."""

    WAITING, ADDRESSED, NOT_NEEDED = "waiting", "addressed", "not-needed"

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="notices")
    run = models.ForeignKey("store.Run", models.SET_NULL, null=True, related_name="notices")
    facts = models.JSONField(default=dict)  # the run as it ended; it may be applied and end again
    only_owner = models.BooleanField(default=False)  # a test
    state = models.CharField(max_length=10, default=WAITING)
    try_at = models.DateTimeField()  # not before; a worker that takes it up moves this on first
    at = models.DateTimeField()
    subject = models.CharField(max_length=80, blank=True)
    text = models.TextField(blank=True)
    sender = models.CharField(max_length=254, blank=True)
    author = models.CharField(max_length=100, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "try_at"], name="notices_to_address")]


class Delivery(models.Model):
    """One notice on its way to one address, by e-mail or as a reminder, and what became of it."""

    EMAIL, REMINDER = "email", "reminder"
    WAITING, SENT, FAILED = "waiting", "sent", "failed"

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="deliveries")
    method = models.CharField(max_length=10)
    address = models.CharField(max_length=254, blank=True)
    sonis_id = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, default=WAITING)
    try_at = models.DateTimeField()  # as in Notice
    attempts = models.IntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True)  # why it was not delivered, or not yet

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "method", "address", "sonis_id"], name="one_delivery_each"),
        ]
        indexes = [models.Index(fields=["state", "try_at"], name="deliveries_to_send")]


class Reminder(models.Model):
    """A notice inside the application, for one user."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reminders")
    delivery = models.OneToOneField(Delivery, models.CASCADE, related_name="reminder")
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user", "read_at"], name="reminders_unread")]
