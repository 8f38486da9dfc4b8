"""The control API under /_sandbox/: the world, switches, faults, the clock, and what was asked."""

import json
from bisect import bisect_right
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from sonisbridge.sandbox.bulk_import import BulkImporter
from sonisbridge.sandbox.contact_json import contact_to_json
from sonisbridge.sandbox.deliveries import Deliveries
from sonisbridge.sandbox.faults import FAULTS, FaultError, rule_from_json, rule_from_text
from sonisbridge.sandbox.records import as_id
from sonisbridge.sandbox.replies import Reply, message, ok
from sonisbridge.sandbox.service import Service
from sonisbridge.sandbox.switches import SWITCHES, SwitchError
from sonisbridge.sandbox.world import changes_of
from sonisbridge.sandbox.world_json import WorldError, dump, load

Query = dict[str, str]


class Control:
    """Answers control requests. They need no token and are counted nowhere."""

    def __init__(
        self,
        service: Service,
        importer: BulkImporter,
        deliveries: Deliveries,
        start: Callable[[], None],
    ) -> None:
        self.service = service
        self.importer = importer
        self.deliveries = deliveries
        self.start = start  # makes the world of the start again
        self.replaced = False  # the whole world is another one: save all of it
        self.switched = False
        self._routes: dict[str, Callable[[Query, Any], Any]] = {
            "GET /world": lambda *_: dump(service),
            "PUT /world": self._put_world,
            "GET /contacts": self._contacts,
            "POST /reset": self._reset,
            "GET /switches": lambda *_: self._switches(),
            "PUT /switches": self._put_switches,
            "GET /faults": lambda *_: self._faults(),
            "PUT /faults": self._put_faults,
            "POST /faults": self._add_faults,
            "DELETE /faults": self._drop_faults,
            "POST /clock": self._clock,
            "GET /clock": lambda *_: self._time(),
            "GET /log": self._log,
            "DELETE /log": self._drop_log,
            "GET /stats": lambda *_: service.log.stats(),
            "GET /history": self._history,
            "GET /automations": self._automations,
            "GET /batches": self._batches,
            "GET /deliveries": lambda *_: {"deliveries": list(deliveries.sent)},
        }

    def answer(self, method: str, path: str, query: str, body: bytes) -> Reply:
        """Answer one control request."""
        route = self._routes.get(f"{method} {path.rstrip('/')}")
        if route is None:
            return message(404, "There is no such control")
        try:
            given = json.loads(body) if body.strip() else {}
            asked = {key: values[-1] for key, values in parse_qs(query).items()}
            return ok(route(asked, given))
        except (SwitchError, FaultError, WorldError) as error:
            return message(400, str(error))
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            return message(400, f"This cannot be read: {type(error).__name__}")

    def _put_world(self, _: Query, given: Any) -> Any:
        load(self.service, given)
        self.replaced = True
        self.service.automations.clear()
        self.importer.started.clear()
        for batch in self.service.world["batches"]:
            if batch["finished"] is None:
                self.importer.queue(batch)
        return {"contacts": len(self.service.world.contacts)}

    def _contacts(self, query: Query, _: Any) -> Any:
        """A part of the dump, for whoever looks at more contacts than one answer should hold."""
        world = self.service.world
        start = bisect_right(world.live, as_id(query.get("after")) or 0)
        keys = world.live[start : start + int(query.get("limit", "1000"))]
        return {"contacts": [contact_to_json(world.contacts[key]) for key in keys]}

    def _reset(self, *_: Any) -> Any:
        self.start()
        self.replaced = True
        self.service.faults.replace(())
        self.service.automations.clear()
        self.service.log.clear()
        self.deliveries.sent.clear()
        self.importer.started.clear()
        return {"contacts": len(self.service.world.contacts)}

    def _switches(self) -> Any:
        return {
            "switches": {
                name: {
                    "value": self.service.switches[name],
                    "default": switch.default,
                    "choices": list(switch.choices),
                    "meaning": switch.meaning,
                }
                for name, switch in SWITCHES.items()
            }
        }

    def _put_switches(self, _: Query, given: Any) -> Any:
        for name, value in given.items():
            plain = value
            if isinstance(value, bool):
                plain = "on" if value else "off"
            self.service.switches.change(name, str(plain))
        self.service.world.set_match_case(self.service.switches["email_match"] == "sensitive")
        self.switched = True
        return self._switches()

    def _faults(self) -> Any:
        rules = [rule.as_json() for rule in self.service.faults.rules]
        return {"faults": rules, "names": dict(FAULTS)}

    def _read_faults(self, given: Any) -> list[Any]:
        if isinstance(given, dict) and "faults" not in given:
            return [rule_from_text(f"{name}={value}") for name, value in given.items()]
        entries = given["faults"] if isinstance(given, dict) else given
        return [rule_from_text(entry) if isinstance(entry, str) else rule_from_json(entry) for entry in entries]

    def _put_faults(self, _: Query, given: Any) -> Any:
        self.service.faults.replace(self._read_faults(given))
        return self._faults()

    def _add_faults(self, _: Query, given: Any) -> Any:
        for rule in self._read_faults(given):
            self.service.faults.add(rule)
        return self._faults()

    def _drop_faults(self, *_: Any) -> Any:
        self.service.faults.replace(())
        return self._faults()

    def _clock(self, _: Query, given: Any) -> Any:
        seconds = float(given["advance_seconds"])
        if seconds < 0:
            raise WorldError("the clock only goes forward")
        self.service.clock.advance(seconds)
        self.importer.settle()
        return self._time()

    def _time(self) -> Any:
        clock = self.service.clock
        return {"now": self.service.stamp(), "service_seconds": clock.seconds()}

    def _log(self, query: Query, _: Any) -> Any:
        entries = self.service.log.after(int(query.get("after", "0")))
        most = int(query.get("limit", "0")) or None
        return {"log": [entry.as_json() for entry in entries[:most]], "last": self.service.log.number}

    def _drop_log(self, *_: Any) -> Any:
        self.service.log.clear()
        return {"last": self.service.log.number}

    def _history(self, query: Query, _: Any) -> Any:
        key = as_id(query.get("contact"))
        entries = self.service.world.history.get(key or 0, [])
        return {
            "history": [
                {
                    "when": self.service.iso(entry["at"]),
                    "by": entry["by"],
                    "field": field,
                    "old": old,
                    "new": new,
                }
                for entry in entries
                for field, (old, new) in changes_of(entry).items()
            ]
        }

    def _automations(self, query: Query, _: Any) -> Any:
        after = int(query.get("after", "0"))
        rows = [row for row in self.service.automations if row["number"] > after]
        return {"automations": rows, "would_run": sum(row["would_run"] for row in rows)}

    def _batches(self, *_: Any) -> Any:
        hidden = ("rows", "callback", "contacts")
        return {
            "batches": [
                {key: value for key, value in batch.items() if key not in hidden}
                | {"contacts": batch["contacts"], "status": self.importer.status(batch)}
                for batch in self.service.world["batches"]
            ]
        }
