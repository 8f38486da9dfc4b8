"""The scripted server, and a transport and client that talk to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from sonisbridge.activecampaign.client import ActiveCampaign
from sonisbridge.activecampaign.connection import TransportOptions
from sonisbridge.activecampaign.pace import Cost, Departure
from sonisbridge.activecampaign.transport import Transport

from .server import ScriptedServer

TOKEN = "0123456789abcdef-secret"


class OpenPace:
    """A pace that lets everything start and keeps what it was told."""

    def __init__(self) -> None:
        self.waits: list[Cost] = []
        self.pushes: list[tuple[float, Cost]] = []

    def wait(self, cost: Cost) -> Departure:
        """Let it start."""
        self.waits.append(cost)
        return Departure()

    def told(self, departure: Departure, *, limit: int, left: int) -> None:
        """Let that be."""

    def push_back(self, seconds: float, cost: Cost) -> None:
        """Keep it."""
        self.pushes.append((seconds, cost))


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A server that answers as it is told."""
    scripted = ScriptedServer()
    yield scripted
    scripted.close()


@pytest.fixture
def pace() -> OpenPace:
    """A pace that never waits."""
    return OpenPace()


MakeTransport = Callable[..., Transport]


@pytest.fixture
def make_transport(server: ScriptedServer, pace: OpenPace) -> Iterator[MakeTransport]:
    """Makes transports to the server whose waits are a thousand times shorter."""
    made: list[Transport] = []

    def make(before_request: Callable[[], None] = lambda: None, **options) -> Transport:
        settings = {"allow_loopback": True, "time_scale": 1000.0, "read_seconds": 5.0} | options
        transport = Transport(
            server.url,
            TOKEN,
            pace=pace,
            options=TransportOptions(**settings),
            before_request=before_request,
        )
        made.append(transport)
        return transport

    yield make
    for transport in made:
        transport.close()


@pytest.fixture
def transport(make_transport: MakeTransport) -> Transport:
    """A transport to the server."""
    return make_transport()


@pytest.fixture
def client(transport: Transport) -> ActiveCampaign:
    """A client of the server."""
    return ActiveCampaign(transport)
