"""Requests that the service makes itself, webhooks and import callbacks: to this machine alone."""

import asyncio
import http.client
import ipaddress
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

TIMEOUT = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One request to make."""

    kind: str  # webhook or callback
    url: str
    body: str
    headers: Mapping[str, str]
    method: str = "POST"


class Deliveries:
    """Sends in the background, once, and remembers what became of it."""

    def __init__(self) -> None:
        self.sent: deque[dict[str, Any]] = deque(maxlen=10_000)
        self._tasks: set[asyncio.Task[None]] = set()

    def send(self, delivery: Delivery, done: Callable[[int], None] = lambda _: None) -> dict[str, Any]:
        """Send one request; the record that comes back is completed later."""
        record: dict[str, Any] = {
            "kind": delivery.kind,
            "url": delivery.url,
            "body": delivery.body,
            "status": None,
        }
        self.sent.append(record)
        if not is_loopback(delivery.url):
            record["error"] = "not sent: the sandbox only calls this machine"
            return record
        task = asyncio.get_running_loop().create_task(_send(delivery, record, done))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return record


def is_loopback(url: str) -> bool:
    """Whether a URL points at this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    if parts.scheme not in ("http", "https"):
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _send(delivery: Delivery, record: dict[str, Any], done: Callable[[int], None]) -> None:
    try:
        status = await asyncio.to_thread(_post, delivery)
    except (OSError, http.client.HTTPException, ValueError) as error:
        record["error"] = type(error).__name__
        return
    record["status"] = status
    done(status)


def _post(delivery: Delivery) -> int:
    parts = urlsplit(delivery.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
    try:
        target = parts.path or "/"
        if parts.query:
            target += f"?{parts.query}"
        body = delivery.body.encode("utf-8", "replace")
        connection.request(delivery.method, target, body=body, headers=dict(delivery.headers))
        return connection.getresponse().status
    finally:
        connection.close()
