"""`worker`: carries out the runs that pages, schedules and other programs order."""

from __future__ import annotations

import threading
from contextlib import suppress

import click

from sonisbridge.worker.here import worker_here

from .commands import Prepared


@click.command(cls=Prepared)
def worker() -> None:
    """Carry out ordered runs until it is stopped.

    Stopped in order (Ctrl-C, SIGTERM), it finishes the request in hand; other workers go on with its runs, or it does
    when it is started again.
    """
    working = worker_here()
    working.start()
    click.echo("The worker is up. Ctrl-C ends it.", err=True)
    with suppress(KeyboardInterrupt):  # SIGTERM too
        threading.Event().wait()
    working.stop()
