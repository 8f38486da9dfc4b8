"""`sonisbridge` as a program of its own, that a test can kill."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

LEASE_SECONDS = 1.5


class Bridge:
    """The command line in a home of its own."""

    def __init__(self, home: Path, token: str, *, time_scale: float) -> None:
        self.home = home
        self._environment = {
            **os.environ,
            "SONISBRIDGE_HOME": str(home),
            "SONISBRIDGE_ALLOW_LOOPBACK_ENDPOINT": "1",
            "SONISBRIDGE_TIME_SCALE": str(time_scale),
            "SONISBRIDGE_LEASE_SECONDS": str(LEASE_SECONDS),
            "TEST_TOKEN": token,
        }
        self._environment.pop("DJANGO_SETTINGS_MODULE", None)

    def start(self, *command: str, **environment: str) -> subprocess.Popen[str]:
        """Start a command and do not wait for it."""
        return subprocess.Popen(
            [sys.executable, "-m", "sonisbridge.cli", *command],
            env={**self._environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )

    def run(self, *command: str, expect: tuple[int, ...] = (0,), **environment: str) -> tuple[int, str, str]:
        """Run a command to its end; its status, what it printed, and what it said on standard error."""
        program = self.start(*command, **environment)
        out, err = program.communicate(timeout=180)
        assert program.returncode in expect, (program.returncode, out, err)
        return program.returncode, out, err

    def json(self, *command: str, expect: tuple[int, ...] = (0,)) -> dict[str, Any]:
        """The one JSON object that a command prints."""
        _status, out, _err = self.run(*command, "--json", expect=expect)
        found: dict[str, Any] = json.loads(out)
        return found

    def connect(self, sonis_url: str, endpoint: str) -> None:
        """Connect both sides, make the fields and map them."""
        self.run(
            "institution", "add", "Test", "--sonis", sonis_url, "--endpoint", endpoint, "--token-env", "TEST_TOKEN"
        )
        self.run("fields", "create", "--yes")
        self.run("mapping", "suggest", "--apply")
