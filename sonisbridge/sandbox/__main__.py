"""Starts the sandbox: python -m sonisbridge.sandbox."""

import asyncio
import json
import logging
import socket
import sys
from collections.abc import Sequence

from sonisbridge.sandbox.bulk_import import BulkImporter
from sonisbridge.sandbox.callbacks import Callbacks
from sonisbridge.sandbox.clock import ServiceClock
from sonisbridge.sandbox.control import Control
from sonisbridge.sandbox.deliveries import Deliveries
from sonisbridge.sandbox.dispatch import Dispatcher
from sonisbridge.sandbox.limits import Limits
from sonisbridge.sandbox.options import BadArgument, Options, parse_options
from sonisbridge.sandbox.random_contacts import add_random_contacts
from sonisbridge.sandbox.server import Application, serve
from sonisbridge.sandbox.service import Service
from sonisbridge.sandbox.state_file import StateFile, StateFileError
from sonisbridge.sandbox.switches import Switches
from sonisbridge.sandbox.users_api import furnish
from sonisbridge.sandbox.webhooks import Webhooks
from sonisbridge.sandbox.world import World
from sonisbridge.sandbox.world_json import WorldError, load


def _listen(options: Options) -> socket.socket:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    # Named as TCP, so that asyncio turns Nagle's delay off; without it each answer may wait 40 ms for the client.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((options.host, options.port))
    except OSError as error:
        sock.close()
        reason = error.strerror or "cannot be used"
        raise BadArgument(f"port {options.port} of {options.host}: {reason}") from error
    return sock


def _fill(service: Service, options: Options) -> None:
    """Make the world that a start without a state has."""
    if options.world is not None:
        try:
            load(service, json.loads(options.world.read_bytes()))
        except (WorldError, ValueError, OSError) as error:
            raise BadArgument(f"--world {options.world}: {error}") from error
    else:
        service.world = World()
        service.world.match_case = service.switches["email_match"] == "sensitive"
        furnish(service.world)
    if options.contacts:
        add_random_contacts(service, options.contacts)


def _start_again(service: Service, options: Options) -> None:
    service.switches.update(Switches())
    for name, value in options.switches:
        service.switches.change(name, value)
    _fill(service, options)


def _service(options: Options, base_url: str) -> Service:
    service = Service(
        token=options.token,
        seed=options.seed,
        clock=ServiceClock(scale=options.time_scale),
        base_url=base_url,
        limits=Limits(real=options.real_limits),
    )
    for rule in options.faults:
        service.faults.add(rule)
    return service


def _prepare(service: Service, options: Options, state: StateFile | None) -> bool:
    """Load or make the world; True when all of it has to be saved."""
    found = state is not None and state.exists()
    if state is not None and found:
        try:
            kept = state.load(service.world)
        except StateFileError as error:
            raise BadArgument(f"--state: {error}") from error
        service.switches.update({key: value for key, value in kept.items() if key in service.switches})
    for name, value in options.switches:
        service.switches.change(name, value)
    service.world.set_match_case(service.switches["email_match"] == "sensitive")
    if not found:
        _fill(service, options)
    furnish(service.world)
    return not found


async def _run(options: Options) -> None:
    sock = _listen(options)
    host = f"[{options.host}]" if ":" in options.host else options.host
    url = f"http://{host}:{sock.getsockname()[1]}"
    service = _service(options, url)
    state = StateFile(options.state) if options.state else None
    fresh = _prepare(service, options, state)
    importer = BulkImporter(service)
    deliveries = Deliveries()
    importer.on_done = Callbacks(deliveries).tell
    Webhooks(service, deliveries)
    control = Control(service, importer, deliveries, lambda: _start_again(service, options))
    control.replaced = fresh
    dispatcher = Dispatcher(service, importer)
    application = Application(service, dispatcher, control, state)

    def ready() -> None:
        line = {"url": url, "token": service.token, "portal": f"{url}/portal/"}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()

    application.save()  # before anybody waits for an answer: a large world takes seconds
    await serve(application, sock, ready)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sandbox until it is told to end; the exit status comes back."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="sandbox: %(message)s")
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
    try:
        asyncio.run(_run(parse_options(sys.argv[1:] if arguments is None else arguments)))
    except BadArgument as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
