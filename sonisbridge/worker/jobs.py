"""The worker on PostgreSQL: Procrastinate brings the runs, to any number of workers on any number of machines."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import procrastinate
from django.conf import settings
from procrastinate.contrib.django import connector_params
from procrastinate.jobs import DeleteJobCondition, Status

from sonisbridge.store import queue, runs

from .engine import Worker
from .ticks import Tick

logger = logging.getLogger("sonisbridge.worker")

POLL_SECONDS = 5.0
"""How often it looks for jobs by itself; PostgreSQL tells it of each at once."""
CLEAN_SECONDS = 5.0
"""How often it looks for jobs of workers that vanished, and for runs that no job brings."""
PAUSE_SECONDS = 1.0
"""Before it connects anew to a database that went away."""


class JobWorker(Worker):
    """Is brought runs by jobs. A job that is lost or comes twice does no harm: the run's record decides."""

    engine = "procrastinate"

    def __init__(self, *, runs_at_once: int | None = None, ticks: Sequence[Tick] = ()) -> None:
        super().__init__(runs_at_once=runs_at_once, ticks=ticks)
        self.ticks.append(self._announce_again)
        self._announced = time.monotonic()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._working: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)

    def start_bringing(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop_bringing(self, *, graceful: bool) -> None:
        """Listen no more."""
        if self._loop is not None and self._working is not None:
            with suppress(RuntimeError):  # the loop ended by itself
                self._loop.call_soon_threadsafe(self._working.cancel)
        if graceful:
            self._thread.join()

    def _run(self) -> None:
        with suppress(asyncio.CancelledError):
            asyncio.run(self._keep_working())

    async def _keep_working(self) -> None:
        self._loop, self._working = asyncio.get_running_loop(), asyncio.current_task()
        self._loop.set_default_executor(ThreadPoolExecutor(self.most + 2, thread_name_prefix="run"))
        while not self.stopping.is_set():
            try:
                await self._work()
            except Exception:
                logger.exception("the worker lost its database and connects anew")
            if not self.stopping.is_set():
                await asyncio.sleep(PAUSE_SECONDS)

    async def _work(self) -> None:
        app = procrastinate.App(connector=procrastinate.PsycopgConnector(kwargs=connector_params()))
        app.task(name=queue.TASK)(self.carry)
        async with app.open_async():
            cleaning = asyncio.create_task(self._clean(app))
            try:
                await app.run_worker_async(
                    queues=[queue.QUEUE],
                    concurrency=self.most,
                    fetch_job_polling_interval=POLL_SECONDS,
                    delete_jobs=DeleteJobCondition.ALWAYS,
                    install_signal_handlers=False,
                    update_heartbeat_interval=settings.LEASE_SECONDS / 4,
                    stalled_worker_timeout=settings.LEASE_SECONDS,
                )
            finally:
                cleaning.cancel()

    async def _clean(self, app: procrastinate.App) -> None:
        """Take away the jobs of workers that vanished: their runs are taken over by their leases."""
        while True:
            await asyncio.sleep(CLEAN_SECONDS)
            try:
                for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=settings.LEASE_SECONDS):
                    await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
            except Exception:
                logger.exception("jobs of workers that vanished could not be taken away")

    def _announce_again(self) -> None:
        """See to it that every queued run has a job that brings it."""
        if time.monotonic() - self._announced > CLEAN_SECONDS:
            self._announced = time.monotonic()
            for run_id in runs.queued(100):
                queue.announce(run_id)
