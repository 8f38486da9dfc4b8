"""Looks at SONIS when that is due, in a thread of its own: a look takes longer than what is done by the clock may."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from django.db import connection

from sonisbridge.core.errors import SonisbridgeError
from sonisbridge.store.models import Institution
from sonisbridge.sync import watch

logger = logging.getLogger("sonisbridge.watch")


class Watching:
    """A tick: sees what became of exports that a look ordered, and looks where that is due."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._looking: threading.Thread | None = None

    def __call__(self) -> None:
        """Do what is due."""
        watch.settle()
        if self._looking is not None and self._looking.is_alive():
            return
        if due := watch.due():
            self._looking = threading.Thread(target=self._look, args=[due], name="watch", daemon=True)
            self._looking.start()

    def stop(self) -> None:
        """Give up the look that goes on; another worker begins it anew."""
        self._over.set()
        if self._looking is not None:
            self._looking.join()

    def _look(self, due: Sequence[Institution]) -> None:
        try:
            for institution in due:
                if not self._over.is_set():
                    self._look_at(institution)
        finally:
            connection.close()

    def _look_at(self, institution: Institution) -> None:
        try:
            watch.look(institution, stopping=self._over.is_set)
        except SonisbridgeError:
            logger.warning("a look at the SONIS of institution %s failed", institution.pk)
        except Exception:
            logger.exception("a look at the SONIS of institution %s failed", institution.pk)
