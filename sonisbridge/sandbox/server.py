"""The HTTP server: API, control and portal on one port, and connections that break on demand."""

import asyncio
import contextlib
import logging
import signal
import socket
import sqlite3
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from email.utils import formatdate
from typing import Any
from urllib.parse import unquote

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from sonisbridge.sandbox.control import Control
from sonisbridge.sandbox.dispatch import Answer, Dispatcher, Incoming
from sonisbridge.sandbox.portal import Portal
from sonisbridge.sandbox.records import Row
from sonisbridge.sandbox.replies import Reply, message
from sonisbridge.sandbox.requests import Request
from sonisbridge.sandbox.service import Service
from sonisbridge.sandbox.state_file import StateFile

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
logger = logging.getLogger("sandbox")
SAVE_EVERY = 0.5
_PREFIX = "/api/3"


class _Protocol(H11Protocol):
    """Hands the transport to the application, which has to be able to cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


def reset(transport: asyncio.Transport) -> None:
    """Close a connection so that the client sees it reset."""
    sock = transport.get_extra_info("socket")
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class Application:
    """The ASGI application."""

    def __init__(self, service: Service, dispatcher: Dispatcher, control: Control, state: StateFile | None) -> None:
        self.service = service
        self.dispatcher = dispatcher
        self.control = control
        self.portal = Portal(service, dispatcher)
        self.state = state
        self.wake = asyncio.Event()
        service.batch_queued = self._batch_queued

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        raw = scope.get("raw_path") or scope["path"].encode()
        path = raw.decode("ascii", "replace").partition("?")[0]
        body = await _read(receive)
        if body is None:
            return
        if path.startswith(_PREFIX + "/"):
            await self._answer_api(scope, receive, send, body)
            return
        query = scope["query_string"].decode("latin-1")
        method = scope["method"]
        self.dispatcher.importer.settle()
        if path.startswith("/_sandbox/"):
            reply = self.control.answer(method, unquote(path[len("/_sandbox") :]), query, body)
        elif path == "/" or path.startswith("/portal"):
            reply = self.portal.answer(method, unquote(path), query, body)
        else:
            reply = message(404, "Not Found")
        await self._send(send, reply, head=method == "HEAD")

    async def _answer_api(self, scope: Scope, receive: Receive, send: Send, body: bytes) -> None:
        raw = scope.get("raw_path") or scope["path"].encode()
        path = unquote(raw.decode("ascii", "replace").partition("?")[0][len(_PREFIX) :])
        headers = dict(scope["headers"])
        request, answer = self.dispatcher.admit(
            Incoming(
                method=scope["method"],
                path=path.rstrip("/") or "/",
                query=scope["query_string"].decode("latin-1"),
                token=headers.get(b"api-token", b"").decode("latin-1").strip(),
                body=body,
            )
        )
        if answer is None:
            answer = Answer(reply=self.dispatcher.perform(request))
        elif answer.fault is not None and answer.reply is None:
            answer = await self._troubled(request, answer, receive)
        self.dispatcher.finish(request, answer)
        if answer.reply is not None:
            await self._send(send, answer.reply, head=scope["method"] == "HEAD")
        elif answer.fault is not None and answer.fault.name != "no_answer":
            reset(scope["state"]["transport"])

    async def _send(self, send: Send, reply: Reply, *, head: bool) -> None:
        headers = [
            (b"date", formatdate(self.service.clock.now(), usegmt=True).encode()),
            (b"content-type", reply.content_type.encode()),
            (b"content-length", str(len(reply.body)).encode()),
            *((name.lower().encode(), value.encode()) for name, value in reply.headers.items()),
        ]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if head else reply.body})

    async def _troubled(self, request: Request, answer: Answer, receive: Receive) -> Answer:
        """Carry out a fault that is more than another reply."""
        rule = answer.fault
        if rule is None or rule.name == "reset":
            return answer
        if rule.name == "no_answer":
            while (await receive())["type"] != "http.disconnect":
                pass
            return answer
        if rule.name == "slow":
            await asyncio.sleep(self.service.clock.real(rule.seconds))
            return Answer(reply=self.dispatcher.perform(request), fault=rule)
        reply = self.dispatcher.perform(request)
        if rule.name == "committed_lost":
            return answer
        if rule.name == "empty200":
            return Answer(reply=Reply(200, b""), fault=rule)
        reply.body = reply.body[: len(reply.body) // 2]
        return Answer(reply=reply, fault=rule)

    async def housekeeping(self) -> None:
        """Work imports when they are due and save the state soon after it changed."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.wake.wait(), self._pause())
            self.wake.clear()
            self.dispatcher.importer.settle()
            self.save()

    def _batch_queued(self, batch: Row) -> None:
        self.dispatcher.importer.queue(batch)
        self.wake.set()

    def _pause(self) -> float:
        due = self.dispatcher.importer.next_due()
        if due is None:
            return SAVE_EVERY
        left = self.service.clock.real(due - self.service.clock.seconds())
        return min(max(left, 0.001), SAVE_EVERY)

    def save(self) -> None:
        """Write what changed to the state file, if there is one."""
        if self.state is None:
            return
        world = self.service.world
        changed = world.dirty_contacts or any(table.dirty for table in world.tables.values())
        whole = self.control.replaced
        if changed or whole or self.control.switched:
            self.control.replaced = self.control.switched = False
            try:
                self.state.save(world, dict(self.service.switches), whole=whole)
            except (OSError, sqlite3.Error) as error:
                logger.error("the state was not saved: %s", type(error).__name__)  # noqa: TRY400


async def _read(receive: Receive) -> bytes | None:
    parts = []
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return None
        parts.append(event.get("body", b""))
        if not event.get("more_body"):
            return b"".join(parts)


class _Server(uvicorn.Server):
    """Ends with status 0 on a signal and says when it listens."""

    ready: Callable[[], None]

    def handle_exit(self, sig: int, frame: Any) -> None:
        del frame
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.ready()


async def serve(application: Application, sock: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until a signal comes, then save."""
    config = uvicorn.Config(
        application,
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,  # we send that of the service's clock
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    server.ready = ready
    keeper = asyncio.create_task(application.housekeeping())
    try:
        await server.serve(sockets=[sock])
    finally:
        keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeper
        application.save()
