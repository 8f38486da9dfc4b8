"""`serve`: the pages, with a worker beside them."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import click
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from waitress.server import create_server

from sonisbridge.core.errors import StopRunError
from sonisbridge.settings import NO_SECRET_KEY
from sonisbridge.store import claiming, users
from sonisbridge.store.secrets import make_key_file
from sonisbridge.worker.here import worker_here

from .commands import Prepared

HOST, PORT, THREADS = "127.0.0.1", 8000, 12
MOST_BYTES = 16 * 2**20
"""Of one request: more than any file that a page takes."""


@click.command(cls=Prepared)
@click.option("--host", default=HOST, show_default=True, help="Address to listen on; 0.0.0.0 for every one.")
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
def serve(host: str, port: int) -> None:
    """Serve the pages, and carry out runs beside them."""
    serve_pages(host, listening(host, port), port)


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises StopRunError when the place is taken."""
    place = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    if sys.platform != "win32":
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        place.bind((host, port))
    except OSError as error:
        place.close()
        raise StopRunError(
            f"Port {port} of {host} cannot be listened on ({error.strerror}): choose another --port."
        ) from error
    return place


def serve_pages(host: str, place: socket.socket, port: int) -> None:
    """Serve until the program is asked to end."""
    if settings.SECRET_KEY == NO_SECRET_KEY:
        key = Path(settings.HOME) / "secret.key"
        make_key_file(key)
        settings.SECRET_KEY = key.read_text(encoding="ascii").strip()
    trusted = {"trusted_proxy": "127.0.0.1", "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"}}
    server = create_server(
        get_wsgi_application(), sockets=[place], threads=THREADS, ident=None, clear_untrusted_proxy_headers=True,
        max_request_body_size=MOST_BYTES, **(trusted if settings.HTTPS else {}),
    )  # fmt: skip
    address = settings.URL or f"http://{'localhost' if host == HOST else host}:{port}"
    click.echo(f"The pages are at {address}/; Ctrl-C ends it.", err=True)
    if not users.anybody():
        code = claiming.new_code()
        click.echo(f"Nobody can sign in yet. Set sonisbridge up at {address}/set-up/?code={code}", err=True)
    worker = worker_here()
    worker.start()
    try:
        server.run()
    finally:
        server.close()
        worker.stop()
