"""The sandbox as a program of its own, for tests: started, asked, and ended."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2

START_WITHIN = 20.0
JSON = Any


class SandboxProgram:
    """A running sandbox on a free port. Use it as a context manager.

    Arguments are those of the command line: SandboxProgram("--limits", "off", world={...}).
    """

    def __init__(self, *arguments: str, world: Mapping[str, Any] | None = None, limits: str = "off") -> None:
        self.arguments = [*arguments]
        if "--limits" not in arguments:
            self.arguments += ["--limits", limits]
        self.world_at_start = world
        self.url = self.token = self.portal = ""
        self.process: subprocess.Popen[str] | None = None
        self._control = httpx2.Client(timeout=60, trust_env=False)
        self.api = httpx2.Client(timeout=30, trust_env=False)

    # -- its life

    def start(self) -> Self:
        """Start the program and wait until it listens."""
        command = [sys.executable, "-m", "sonisbridge.sandbox", "--port", "0", *self.arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the sandbox did not start: status {self.process.wait(START_WITHIN)}"
        ready = json.loads(line)
        self.url, self.token, self.portal = ready["url"], ready["token"], ready["portal"]
        self._control.base_url = httpx2.URL(f"{self.url}/_sandbox")
        self.api.base_url = httpx2.URL(f"{self.url}/api/3")
        self.api.headers["Api-Token"] = self.token
        if self.world_at_start is not None:
            self.put_world(self.world_at_start)
        return self

    def stop(self) -> int:
        """End it as a service manager would; gives the exit status."""
        assert self.process is not None
        self.process.terminate()
        try:
            status = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        self._close()
        return status

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.kill()
            self.process.wait(10)
        self._close()

    def _close(self) -> None:
        if self.process is not None and self.process.stdout is not None:
            self.process.stdout.close()
        self.process = None
        self._control.close()
        self.api.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process is not None:
            self.kill()

    # -- its control API

    def control(self, method: str, path: str, body: JSON = None) -> JSON:
        """One control request; fails the test when it is refused."""
        reply = self._control.request(method, path, json=body)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def put_world(self, world: Mapping[str, Any]) -> None:
        """Replace the world by the friendly form or by a dump."""
        self.control("PUT", "/world", world)

    def world(self) -> JSON:
        """The whole world as a dump."""
        return self.control("GET", "/world")

    def reset(self) -> None:
        """The world, log and faults of the start."""
        self.control("POST", "/reset")

    def switch(self, **switches: str | bool) -> None:
        """Set switches: switch(blank_clears="on")."""
        self.control("PUT", "/switches", switches)

    def faults(self, *rules: str | Mapping[str, Any]) -> None:
        """Put fault rules in force instead of all others; none: no more faults."""
        self.control("PUT", "/faults", {"faults": list(rules)})

    def advance(self, seconds: float) -> None:
        """Move the clock of the service forward."""
        self.control("POST", "/clock", {"advance_seconds": seconds})

    def log(self, after: int = 0) -> list[dict[str, Any]]:
        """The API requests so far."""
        found: list[dict[str, Any]] = self.control("GET", f"/log?after={after}")["log"]
        return found

    def clear_log(self) -> None:
        """Forget the API requests so far."""
        self.control("DELETE", "/log")

    def stats(self) -> dict[str, Any]:
        """Counts of the API requests."""
        found: dict[str, Any] = self.control("GET", "/stats")
        return found

    def history(self, contact_id: str | int) -> list[dict[str, Any]]:
        """Every change of a contact."""
        found: list[dict[str, Any]] = self.control("GET", f"/history?contact={contact_id}")["history"]
        return found

    def automations(self) -> list[dict[str, Any]]:
        """What would have set automations off, or was shielded."""
        found: list[dict[str, Any]] = self.control("GET", "/automations")["automations"]
        return found

    def deliveries(self) -> list[dict[str, Any]]:
        """The requests that the sandbox made itself."""
        found: list[dict[str, Any]] = self.control("GET", "/deliveries")["deliveries"]
        return found

    # -- short cuts for tests

    def get(self, path: str, **params: Any) -> JSON:
        """A successful GET of the API, repeated while it is throttled: a test shares the limits with what it tests."""
        until = time.monotonic() + START_WITHIN
        while (reply := self.api.get(path, params=params)).status_code == 429 and time.monotonic() < until:
            time.sleep(0.05)
        assert reply.status_code == 200, f"{reply.status_code} {reply.text}"
        return reply.json()

    def contact(self, email: str) -> dict[str, Any]:
        """The one contact with an address."""
        (found,) = self.get("/contacts", email=email, limit=1)["contacts"]
        return dict(found)

    def values(self, contact_id: str | int) -> dict[str, str]:
        """A contact's custom field values by field id."""
        rows = self.get(f"/contacts/{contact_id}/fieldValues")["fieldValues"]
        return {row["field"]: row["value"] for row in rows}

    def bulk(self, *rows: Mapping[str, Any], **extra: Any) -> str:
        """Queue an import; gives its batchId."""
        reply = self.api.post("/import/bulk_import", json={"contacts": list(rows), **extra})
        assert reply.status_code == 200, reply.text
        batch: str = reply.json()["batchId"]
        return batch

    def bulk_done(self, *rows: Mapping[str, Any], **extra: Any) -> JSON:
        """Queue an import, let its time pass, and give what /import/info says."""
        batch = self.bulk(*rows, **extra)
        self.advance(10)
        return self.get("/import/info", batchId=batch)


def wait_until(true: Callable[[], bool], within: float = 5.0) -> None:
    """Return as soon as something is so; fail when it is not in time."""
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.02)


def write_world(path: Path, world: Mapping[str, Any]) -> Path:
    """A world as a file for --world."""
    path.write_text(json.dumps(world))
    return path
