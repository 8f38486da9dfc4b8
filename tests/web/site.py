"""The pages as a user has them: served by waitress on a free port, with a worker beside them."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import Self

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.core.wsgi import get_wsgi_application
from django.db import connections
from waitress.server import create_server

from sonisbridge.core.roles import Role
from sonisbridge.store import users
from sonisbridge.store.models import Institution
from sonisbridge.worker.here import worker_here

PASSWORD = "correct horse battery"


class Site:
    """The pages on a free port, in threads of this process, so that they share the test's database."""

    def __init__(self, *, worker: bool = True) -> None:
        place = socket.socket()
        place.bind(("127.0.0.1", 0))
        self.url = f"http://localhost:{place.getsockname()[1]}"
        self._server = create_server(_application(), sockets=[place], threads=6)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._worker = worker_here() if worker else None

    def __enter__(self) -> Self:
        self._thread.start()
        if self._worker:
            self._worker.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._worker:
            self._worker.stop()
        self._server.close()
        self._server.task_dispatcher.shutdown()


def _application():
    wsgi = get_wsgi_application()

    def application(environment, start_response):
        try:
            return wsgi(environment, start_response)
        finally:
            connections.close_all()

    return application


def a_user(role: Role | None, institution: Institution | None = None, *, name: str = "") -> User:
    """A user with one role: for that institution, or for all of them."""
    name = name or (str(role) if role else "nobody")
    user = User.objects.filter(username=name).first()
    if user is None:
        user = User.objects.create_user(name, f"{name}@example.edu", PASSWORD)
    if role is not None:
        users.give(user, role, institution, by="test")
    return user


def session_of(user: User) -> dict[str, str]:
    """A cookie, as Playwright takes it, that signs the user in without typing."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return {"name": settings.SESSION_COOKIE_NAME, "value": str(session.session_key)}
