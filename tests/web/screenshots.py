"""`make screenshots`: every page of the URL table, light, dark and narrow, with the demo's people in it.

    python -m tests.web.screenshots [FOLDER]

The pages go to `screenshots/`, which git ignores; a chosen few, for README.md, to `docs/images/`.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = "400"
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1360, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1360, "height": 900}, "color_scheme": "dark"},
    "narrow": {"viewport": {"width": 360, "height": 740}, "color_scheme": "light"},
}
CHOSEN = ("home", "admiss", "run", "review", "person", "configuration")
CHOSEN_LOOK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"}
USERS = (("ana.lima", "administrator"), ("jo.reyes", "operator"), ("sam.okafor", "viewer"), ("kim.roe", "auditor"))


def _command(*words: str, status: tuple[int, ...] = (0,)) -> None:
    done = subprocess.run([sys.executable, "-m", "sonisbridge.cli", *words], cwd=ROOT, check=False)
    if done.returncode not in status:
        raise SystemExit(f"`sonisbridge {' '.join(words)}` ended with {done.returncode}.")


@contextmanager
def _program(*words: str) -> Iterator[None]:
    program = subprocess.Popen([sys.executable, "-m", *words], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        program.terminate()
        program.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(url, timeout=2)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"{url} does not answer.")


def _make_world() -> None:
    """The demo's school after an import and an export, with something in every list."""
    _command("demo", "--people", PEOPLE, "--once")
    for name, role in USERS:
        _command("users", "add", name, "--email", f"{name}@example.edu", "--role", role)


def _busy() -> None:
    """What a school does besides: a preview, a change of configuration, a token. The look-alike is up."""
    _command("export", "--preview", status=(0, 1))
    _command("institution", "set", "Demo", "country=US")


def _pages(url: str) -> Iterator[tuple[str, str]]:
    """The name and address of every page that can be looked at."""
    from sonisbridge.store.models import Institution
    from tests.web.table import samples, table

    found = samples(Institution.objects.get())
    for row in table():
        if not row.by_token:
            yield row.name, url + row.address(found)


def _take(url: str, folder: Path, images: Path) -> int:
    from django.contrib.auth.models import User

    from sonisbridge.store import users
    from tests.web.browsers import a_browser, shows_a_page
    from tests.web.site import session_of

    ana = User.objects.get(username=USERS[0][0])
    users.password_chosen(ana)
    taken = 0
    with a_browser() as browser:
        for look, options in LOOKS.items():
            context = browser.new_context(base_url=url, **options)
            context.add_cookies([{**session_of(ana), "url": url}])  # type: ignore[typeddict-item]
            page = context.new_page()
            for name, address in _pages(url):
                if shows_a_page(context, address):
                    page.goto(address, wait_until="networkidle")
                    page.screenshot(path=folder / f"{name}-{look}.png", full_page=True)
                    taken += 1
            context.close()
        context = browser.new_context(base_url=url, **CHOSEN_LOOK)
        context.add_cookies([{**session_of(ana), "url": url}])  # type: ignore[typeddict-item]
        page = context.new_page()
        for name, address in _pages(url):
            if name in CHOSEN:
                page.goto(address, wait_until="networkidle")
                page.screenshot(path=images / f"{name}.png")
    return taken


def main() -> None:
    """Make the world, serve it, look at every page."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "screenshots")
    images = ROOT / "docs" / "images" if len(sys.argv) < 2 else folder / "chosen"
    for place in (folder, images):
        place.mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="sonisbridge-screenshots-"))
    os.environ |= {
        "SONISBRIDGE_HOME": str(home),
        "SONISBRIDGE_ALLOW_LOOPBACK_ENDPOINT": "1",
        "SONISBRIDGE_SECRET_KEY": secrets.token_hex(32),  # one for the served pages and for the session made here
        "DJANGO_SETTINGS_MODULE": "sonisbridge.settings",
        "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
    }
    try:
        _make_world()
        access = json.loads((home / "demo" / "access.json").read_text())
        port = _free_port()
        with ExitStack() as stack:
            stack.enter_context(
                _program(
                    "sonisbridge.sandbox", "--port", str(access["port"]), "--token", access["token"],
                    "--state", str(home / "demo" / "activecampaign.json"), "--limits", "real",
                )
            )  # fmt: skip
            _wait_for(f"http://127.0.0.1:{access['port']}/")
            _busy()
            stack.enter_context(_program("sonisbridge.cli", "serve", "--port", str(port)))
            url = f"http://localhost:{port}"
            _wait_for(f"{url}/account/login/")
            import django

            django.setup()
            taken = _take(url, folder, images)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    print(f"{taken} screenshots are in {folder}, those of the README in {images}.")


if __name__ == "__main__":
    main()
