"""A real HTTP server on this machine whose answers, good and broken, are written beforehand."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer. `how` is "whole", "cut", "reset" (no answer at all) or "hang"."""

    status: int = 200
    content: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    how: str = "whole"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One request that arrived."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        """The request's JSON."""
        return json.loads(self.content)


def ok(body: Any = None, status: int = 200, **headers: str) -> Reply:
    """A whole answer with that JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, content=json.dumps({} if body is None else body).encode(), headers=named)


HTML = Reply(content=b"<!doctype html><title>We are having some issues</title>")
EMPTY = Reply(content=b"")
CUT_JSON = Reply(content=b'{"contacts": [{"id": "1"')
CUT = Reply(content=b'{"contacts": []}', how="cut")
RESET = Reply(how="reset")
HANG = Reply(how="hang")


class ScriptedServer:
    """Answers from its script, the last answer for ever. `route` answers by the request instead."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.script: list[Reply] = []
        self.route: Callable[[Seen], Reply] | None = None
        self._lock = threading.Lock()
        self._give_up = threading.Event()
        owner = self

        class Handler(_Handler):
            server_of_replies = owner

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def answers(self, *replies: Reply) -> None:
        """Answer so from now on, and forget what was seen."""
        self.script = list(replies)
        self.seen.clear()

    def next_reply(self, seen: Seen) -> Reply:
        """The answer to that request."""
        with self._lock:
            self.seen.append(seen)
            if self.route is not None:
                return self.route(seen)
            return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    def hang(self) -> None:
        """Keep a request waiting until the server closes."""
        self._give_up.wait(30)

    def close(self) -> None:
        """Stop, letting hanging requests go."""
        self._give_up.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_of_replies: ScriptedServer

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet."""

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        size = int(self.headers.get("Content-Length") or 0)
        seen = Seen(
            method=self.command,
            path=parts.path,
            query=parse_qsl(parts.query, keep_blank_values=True),
            headers=dict(self.headers.items()),
            content=self.rfile.read(size),
        )
        reply = self.server_of_replies.next_reply(seen)
        if reply.how == "hang":
            self.server_of_replies.hang()
            self.close_connection = True
        elif reply.how == "reset":
            self._reset()
        else:
            self._write(reply)

    def _write(self, reply: Reply) -> None:
        cut = reply.how == "cut"
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.content) + (10 if cut else 0)))
        self.end_headers()
        self.wfile.write(reply.content)
        if cut:
            self.wfile.flush()
            self._hang_up()

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        if self.connection.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)[:1] == b"\x00":
            self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815


def pages(key: str, rows: Iterable[Json], total: bool = True) -> Callable[[Seen], Reply]:
    """A listing that honours limit and offset, as every one but /contacts does."""
    every = list(rows)

    def answer(seen: Seen) -> Reply:
        query = dict(seen.query)
        start, limit = int(query.get("offset", 0)), min(int(query.get("limit", 20)), 100)
        body: Json = {key: every[start : start + limit]}
        if total:
            body["meta"] = {"total": str(len(every))}
        return ok(body)

    return answer
