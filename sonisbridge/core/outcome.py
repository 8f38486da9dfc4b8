"""What became of one person or contact in one run, in words that scripts depend on (rule 16)."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """How a person's or contact's part of the run ended: one each, together as many as `read`."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    CONFLICT = "conflict"
    FAILED = "failed"
    HELD = "held"
    NOT_KEPT = "not_kept"


class Reason(StrEnum):
    """Why, for outcomes that need one."""

    EMAIL_IN_USE = "email-in-use"
    SHARED_EMAIL = "shared-email"
    DUPLICATE_SONIS_ID = "duplicate-sonis-id"
    OTHER_SONIS_ID = "other-sonis-id"
    SEVERAL_MATCHES = "several-matches"
    UNKNOWN_SONIS_ID = "unknown-sonis-id"
    DIFFERENT_VALUE = "different-value"
    NO_EMAIL = "no-email"
    BAD_EMAIL = "bad-email"
    DISABLED = "disabled"
    DECEASED = "deceased"
    NOT_ELIGIBLE = "not-eligible"
    EXCLUDED = "excluded"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    MISSING_REQUIRED = "missing-required"
    DELETED = "deleted"
    ALREADY_IN_SONIS = "already-in-sonis"
    ALREADY_WAITING = "already-waiting"
    POSSIBLE_DUPLICATE = "possible-duplicate"
    IGNORED = "ignored"
    CHANGED_SINCE_PLAN = "changed-since-plan"
    NOT_REACHED = "not-reached"
    REFUSED = "refused"
    GONE = "gone"
    NO_ANSWER = "no-answer"
