"""`serve`, as somebody starts it on a fresh machine."""

from __future__ import annotations

import re
import signal
import socket

import httpx2

from tests.cli.program import Bridge, wait_until

ADDRESS = re.compile(r"http://localhost:\d+/set-up/\?code=(\S+)")


def test_a_fresh_installation_is_claimed_at_the_address_that_serve_prints(fresh: Bridge):
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        port = place.getsockname()[1]
    program = fresh.start("serve", "--port", str(port))
    try:
        wait_until(lambda: ADDRESS.search(program.said()) is not None)
        found = ADDRESS.search(program.said())
        assert found is not None
        shown = httpx2.get(found[0]).text
        assert "Make the administrator" in shown
        assert 'type="hidden" name="code"' in shown
        assert "Set-up code" in httpx2.get(f"http://localhost:{port}/set-up/").text
        assert found[1].encode() not in fresh.everything_kept()
    finally:
        program.signal(signal.SIGKILL)
        program.wait()
