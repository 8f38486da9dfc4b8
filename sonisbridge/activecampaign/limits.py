"""Every number of ActiveCampaign's limits and our manners, with its section in
docs/activecampaign.md."""

from __future__ import annotations

# Paging (section 2).
PAGE_ROWS = 100
"""The most rows a page holds; a larger limit is silently cut to this."""

# The rate of an account (section 1.4, rule 4.2).
REQUESTS_PER_SECOND = 5
"""What the whole account may send, all keys and integrations together."""
SLOT_SECONDS = 0.210
"""The distance between two of our requests: at 0.200 a sixth one slips into a second."""
RESERVE_PER_SECOND = 0.76
"""Left to other integrations unless a setting says otherwise."""

# The bulk importer (section 4).
BULK_ROWS = 250
BULK_BYTES = 399_999
"""The most that the encoded JSON of one bulk request may weigh."""
BULK_ONE_PER_MINUTE = 20
"""Bulk requests with a single contact."""
BULK_MANY_PER_MINUTE = 100
"""Bulk requests with several contacts."""
BULK_WINDOW_SECONDS = 60.5
"""A minute, and a little for the difference between when we send and when they count."""

# Waiting and trying again (rule 4.3).
CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
IDLE_CONNECTION_SECONDS = 3.0
"""We drop an idle connection before they do: a write that meets a closed one has no known fate."""
ATTEMPTS = 5
"""How often a request that may be repeated is sent before we give up."""
FORBIDDEN_RETRIES = 2
"""A good token is refused now and then (section 1.2): this many more tries, on reads."""
BACKOFF_FIRST_SECONDS = 1.0
BACKOFF_MOST_SECONDS = 30.0
BACKOFF_JITTER_SECONDS = 1.0
THROTTLE_PATIENCE_SECONDS = 600.0
"""How long one request may be held off by the account's limits before it is given up."""
BULK_THROTTLE_SECONDS = 15.0
"""The pause after the importer's own rate error, which does not say how long; its quota is a
minute's."""
ADDRESS_SECONDS = 60.0
"""How long a checked network address of the endpoint is used before it is looked up again."""
