"""The service as one value: its state, its clock, its limits, and what it remembers of requests."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sonisbridge.sandbox.clock import ServiceClock, iso, naive
from sonisbridge.sandbox.faults import Faults
from sonisbridge.sandbox.limits import Limits
from sonisbridge.sandbox.records import Contact, Row
from sonisbridge.sandbox.request_log import RequestLog
from sonisbridge.sandbox.switches import Switches
from sonisbridge.sandbox.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who makes a change: an API request, a row of an import, the portal or the loaded world."""

    by: str
    source: str = "api"  # as webhooks name it: api, admin, public, system
    automations: bool = True
    batch: str | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChange:
    """What one write did to a contact."""

    contact: Contact
    created: bool
    changes: dict[str, tuple[Any, Any]]  # key -> old, new
    events: tuple[str, ...]
    origin: Origin


@dataclass(slots=True, kw_only=True)
class Service:
    """One account of the service."""

    token: str
    seed: int
    clock: ServiceClock
    base_url: str = "http://127.0.0.1"
    world: World = field(default_factory=World)
    switches: Switches = field(default_factory=Switches)
    limits: Limits = field(default_factory=Limits)
    log: RequestLog = field(default_factory=RequestLog)
    faults: Faults = field(init=False)
    automations: deque[Row] = field(default_factory=lambda: deque(maxlen=500_000))
    batch_queued: Callable[[Row], None] = lambda _: None
    note_added: Callable[[Contact, str], None] = lambda *_: None
    contact_changed: Callable[[ContactChange], None] = lambda _: None

    def __post_init__(self) -> None:
        self.faults = Faults(self.seed)

    def iso(self, moment: int) -> str:
        """An instant in the account's time zone."""
        return iso(moment, self.switches["time_zone"])

    def naive(self, moment: int) -> str:
        """An instant as wall time of the account, without an offset."""
        return naive(moment, self.switches["time_zone"])

    def stamp(self) -> str:
        """Now, in the account's time zone."""
        return self.iso(self.clock.now())
