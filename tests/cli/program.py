"""`sonisbridge` as a user has it: a program with arguments, an environment, three streams and an exit status."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

LEASE_SECONDS = 1.5
RUN_KEYS = {"run", "kind", "status", "counts", "drift", "requests", "seconds"}
COUNTS = ("read", "created", "updated", "unchanged", "skipped", "conflict", "failed", "held", "not_kept")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object on standard output."""
        (line,) = self.out.splitlines()
        found = json.loads(line)
        assert isinstance(found, dict)
        return found

    @property
    def line(self) -> str:
        """The one plain line on standard error, and nothing on standard output."""
        assert self.out == "", self.out
        assert self.err.startswith("sonisbridge: "), self.err
        assert self.err.count("\n") == 1, self.err
        assert self.err.endswith("\n")
        assert "Traceback" not in self.err
        return self.err.removeprefix("sonisbridge: ").rstrip("\n")


class Program:
    """A command that was started."""

    def __init__(self, talk: socket.socket, folder: Path) -> None:
        self._talk = talk
        self._read = talk.makefile("r")
        self._folder = folder
        self._ended: Ended | None = None
        self.pid = int(self._read.readline())

    def signal(self, which: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, which)

    def said(self, stream: str = "err") -> str:
        """What it has written to standard error so far, or to standard output ("out")."""
        written = self._folder / stream
        return written.read_text(encoding="utf-8") if written.exists() else ""

    def wait(self, seconds: float = 60) -> Ended:
        """What it left behind, when it has ended."""
        if self._ended is None:
            self._talk.settimeout(seconds)
            try:
                status = int(self._read.readline())
            except TimeoutError:
                os.kill(self.pid, signal.SIGKILL)
                raise AssertionError(f"still going on after {seconds} s: {self._streams()}") from None
            self._ended = Ended(status=status, **self._streams())
            self._read.close()
            self._talk.close()
        return self._ended

    def _streams(self) -> dict[str, str]:
        return {name: (self._folder / name).read_text(encoding="utf-8") for name in ("out", "err")}


class Starter:
    """Starts programs, from a process that has the libraries loaded."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="sonisbridge-cli-"))
        self._socket = str(self._folder / "socket")
        self._process: subprocess.Popen[str] | None = None
        self._number = 0

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.cli.warm", self._socket],
            stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, cwd=Path(__file__).parents[2],
        )  # fmt: skip
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *_error: object) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()
        shutil.rmtree(self._folder)

    def start(
        self, command: tuple[str, ...], environment: Mapping[str, str], *, stdin: str = "", folder: Path | None = None
    ) -> Program:
        """Start `sonisbridge`, by default in an empty folder of its own, and do not wait for it."""
        self._number += 1
        streams = self._folder / str(self._number)
        (streams / "empty").mkdir(parents=True)
        (streams / "in").write_text(stdin, encoding="utf-8")
        order = {
            "command": command,
            "environment": environment,
            "folder": str(folder or streams / "empty"),
            **{key: str(streams / name) for key, name in (("stdin", "in"), ("stdout", "out"), ("stderr", "err"))},
        }
        talk = socket.socket(socket.AF_UNIX)
        talk.connect(self._socket)
        talk.sendall(json.dumps(order).encode() + b"\n")
        return Program(talk, streams)


class Bridge:
    """`sonisbridge` with a home of its own."""

    def __init__(self, starter: Starter, home: Path, **environment: str) -> None:
        self._starter = starter
        self.home = home
        self.folder: Path | None = None
        """Where the programs are started; None: each in an empty folder of its own."""
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("SONISBRIDGE_", "DJANGO_"))},
            "SONISBRIDGE_HOME": str(home),
            "SONISBRIDGE_ALLOW_LOOPBACK_ENDPOINT": "1",
            "SONISBRIDGE_TIME_SCALE": "1000",
            "SONISBRIDGE_LEASE_SECONDS": str(LEASE_SECONDS),
            **environment,
        }

    def start(self, *command: str, stdin: str = "", **environment: str) -> Program:
        """Start a command and do not wait for it."""
        return self._starter.start(command, {**self.environment, **environment}, stdin=stdin, folder=self.folder)

    def run(self, *command: str, stdin: str = "", **environment: str) -> Ended:
        """Run a command to its end."""
        return self.start(*command, stdin=stdin, **environment).wait()

    def ok(self, *command: str, **environment: str) -> str:
        """What a command prints that is done (status 0) and says nothing on standard error."""
        ended = self.run(*command, **environment)
        assert (ended.status, ended.err) == (0, ""), ended
        return ended.out

    def json(self, *command: str, status: int = 0) -> dict[str, Any]:
        """The one JSON object of a command that ends in that status."""
        ended = self.run(*command, "--json")
        assert ended.status == status, ended
        return ended.json

    def refused(self, status: int, *command: str, stdin: str = "", **environment: str) -> str:
        """The one plain line of a command that ends in that status."""
        ended = self.run(*command, stdin=stdin, **environment)
        assert ended.status == status, ended
        return ended.line

    def connect_sample(self, url: str, endpoint: str) -> None:
        """Connect the sample school there and the account, make the fields and map them."""
        self.ok(
            "institution", "add", "Springfield", "--sonis", url, "--endpoint", endpoint, "--token-env", "TEST_TOKEN"
        )
        self.ok("fields", "create", "--yes")
        self.ok("mapping", "suggest", "--apply")

    def copy(self, home: Path) -> Bridge:
        """The same with a home of its own, as it is now."""
        shutil.copytree(self.home, home)
        other = Bridge(self._starter, home)
        other.environment = {**self.environment, "SONISBRIDGE_HOME": str(home)}
        return other

    def everything_kept(self) -> bytes:
        """Every byte in the home."""
        return b"\n".join(path.read_bytes() for path in sorted(self.home.rglob("*")) if path.is_file())


def wait_until(true: Callable[[], bool], within: float = 30) -> None:
    """Return as soon as it is so; fail when it is not in time."""
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.01)


def check_run_document(document: Mapping[str, Any]) -> None:
    """Hold a run's JSON to rule 16: its keys, and outcomes that add up."""
    assert set(document) - {"outcomes", "preview", "inbound", "estimate"} == RUN_KEYS
    assert tuple(document["counts"]) == COUNTS
    assert document["kind"] in {"outbound", "inbound"}
    assert sum(document["counts"].values()) == 2 * document["counts"]["read"]
    for line in document.get("outcomes", ()):
        assert set(line) == {"sonis_id", "contact_id", "outcome", "reason", "message"}
