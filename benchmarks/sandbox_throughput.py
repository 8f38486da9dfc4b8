"""Requests a second that the sandbox answers at 100,000 contacts with limits off.

    python -m benchmarks.sandbox_throughput [--contacts N] [--seconds S]

One client, one connection, one kind of request after the other; the goal is 300 a second for
the mix of an ordinary client. The client runs in a process of its own and costs time as well.
"""

import argparse
import http.client
import json
import subprocess
import sys
import time
from itertools import count
from urllib.parse import quote, urlsplit

GOAL = 300.0


class Client:
    """A client that costs as little as possible."""

    def __init__(self, url: str, token: str) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc)
        self.headers = {"Api-Token": token, "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: object = None) -> int:
        """One request; gives the size of the reply."""
        data = json.dumps(body) if body is not None else None
        self.connection.request(method, f"/api/3{path}", body=data, headers=self.headers)
        reply = self.connection.getresponse()
        size = len(reply.read())
        assert reply.status in (200, 201), (method, path, reply.status)
        return size


def requests(contacts: int) -> dict[str, object]:
    """The kinds of request, each as a function of the turn."""
    after = quote("2026-01-01T00:00:00-05:00")

    def contact(turn: int) -> int:
        return turn * 7919 % contacts + 1

    return {
        "one contact": lambda c, n: c.ask("GET", f"/contacts/{contact(n)}"),
        "by e-mail": lambda c, n: c.ask("GET", f"/contacts?limit=1&email=s{contact(n)}@x.test"),
        "sync": lambda c, n: c.ask(
            "POST", "/contact/sync", {"contact": {"email": f"s{n}@x.test", "firstName": f"A{n}"}}
        ),
        "update": lambda c, n: c.ask("PUT", f"/contacts/{contact(n)}", {"contact": {"lastName": f"B{n}"}}),
        "page of 20": lambda c, n: c.ask("GET", f"/contacts?limit=20&orders[id]=ASC&id_greater={contact(n)}"),
        "page of 100 with lists": lambda c, n: c.ask(
            "GET",
            f"/contacts?limit=100&orders[id]=ASC&include=fieldValues,contactLists&id_greater={contact(n)}",
        ),
        "nothing changed": lambda c, _: c.ask(
            "GET", f"/contacts?limit=100&filters[updated_after]={quote('2100-01-01T00:00:00')}"
        ),
        "search": lambda c, n: c.ask("GET", f"/contacts?limit=20&search=zz{n}&after={after}"),
    }


MIX = ("one contact", "by e-mail", "sync", "update", "page of 20", "nothing changed")


def main() -> int:
    """Measure and print; status 1 when the mix is below the goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=2.0)
    given = parser.parse_args()
    command = [sys.executable, "-m", "sonisbridge.sandbox", "--port", "0", "--limits", "off"]
    started = time.perf_counter()
    with subprocess.Popen([*command, "--contacts", str(given.contacts)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        print(f"ready with {given.contacts:,} contacts after {time.perf_counter() - started:.1f} s")
        client = Client(ready["url"], ready["token"])
        kinds = requests(given.contacts)
        for name, ask in kinds.items():
            print(f"{name:24} {rate(client, [ask], given.seconds):8.0f} requests/s")
        mixed = rate(client, [kinds[name] for name in MIX], given.seconds * 2)
        print(f"{'an ordinary mix':24} {mixed:8.0f} requests/s (goal {GOAL:.0f})")
        process.terminate()
    return 0 if mixed >= GOAL else 1


def rate(client: Client, asks: list, seconds: float) -> float:  # type: ignore[type-arg]
    """Requests a second, asking in turn."""
    turn = count(1)
    started = time.perf_counter()
    done = 0
    while (passed := time.perf_counter() - started) < seconds:
        number = next(turn)
        asks[number % len(asks)](client, number)
        done += 1
    return done / passed


if __name__ == "__main__":
    sys.exit(main())
