"""Starts `sonisbridge` many times without loading its libraries anew: each command is a process of its own, forked from this one.

What is loaded ahead reads no setting. A client connects to the socket, sends one JSON object, is told the program's id
at once and its exit status when it ended.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pkgutil
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

LIBRARIES = (
    "click", "cryptography.fernet", "django.core.management", "django.core.management.commands.migrate",
    "django.db.backends.sqlite3.base", "django.db.migrations.executor", "django.db.models", "django.urls",
    "email_validator", "environ", "httpx2", "phonenumbers.data", "psycopg", "pymysql", "rich.progress", "rich.table",
    "sqlalchemy.dialects.postgresql", "sqlalchemy.dialects.sqlite", "stamina", "tomli_w",
)  # fmt: skip
OURS = ("sonisbridge.core", "sonisbridge.sonis", "sonisbridge.activecampaign")
"""The parts of ours that know nothing of settings."""


def main() -> None:
    """Serve until standard input ends."""
    for name in LIBRARIES:
        importlib.import_module(name)
    for package in OURS:
        for found in pkgutil.iter_modules(importlib.import_module(package).__path__):
            importlib.import_module(f"{package}.{found.name}")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(sys.argv[1])
        listener.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            client, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                attend(client)
            client.close()


def attend(client: socket.socket) -> NoReturn:
    """Start one program and tell how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with contextlib.suppress(OSError), client.makefile("rw") as talk:
        order = json.loads(talk.readline())
        program = os.fork()
        if program == 0:
            become(order)
        talk.write(f"{program}\n")
        talk.flush()
        talk.write(f"{os.waitstatus_to_exitcode(os.waitpid(program, 0)[1])}\n")
        talk.flush()
    os._exit(0)


def become(order: dict[str, Any]) -> NoReturn:
    """Be `sonisbridge` with these arguments and nothing else."""
    status = 70
    try:
        os.chdir(order["folder"])
        for number, (name, flags) in enumerate(
            [(order["stdin"], os.O_RDONLY), (order["stdout"], _WRITE), (order["stderr"], _WRITE)]
        ):
            os.dup2(os.open(name, flags, 0o600), number)
        os.environ.clear()
        os.environ.update(order["environment"])
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False, buffering=1)  # noqa: SIM115
        sys.argv = ["sonisbridge", *order["command"]]
        from sonisbridge.cli.main import main as sonisbridge

        sonisbridge()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        sys.stdout.flush()
    except BaseException:
        traceback.print_exc()
    os._exit(status)


_WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC

if __name__ == "__main__":
    Path(sys.argv[1]).unlink(missing_ok=True)
    main()
