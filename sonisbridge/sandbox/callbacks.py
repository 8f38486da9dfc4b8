"""What an import tells its callback when it is done (docs/activecampaign.md, section 4)."""

import json
from typing import Any
from urllib.parse import urlencode

from sonisbridge.sandbox.deliveries import Deliveries, Delivery
from sonisbridge.sandbox.field_values import as_text
from sonisbridge.sandbox.records import Row


class Callbacks:
    """Calls back after an import; the only place where a row's reason is told."""

    def __init__(self, deliveries: Deliveries) -> None:
        self.deliveries = deliveries

    def tell(self, batch: Row) -> None:
        """Send the callback of a finished import, if it asked for one."""
        callback = batch["callback"] or {}
        url = as_text(callback.get("url"))
        if not url:
            return
        method = as_text(callback.get("requestType")).upper()
        params = _pairs(callback.get("params"))
        headers = dict(_pairs(callback.get("headers")))
        if method == "GET":
            address = f"{url}{'&' if '?' in url else '?'}{urlencode(params)}" if params else url
            self.deliveries.send(Delivery(kind="callback", url=address, body="", headers=headers, method="GET"))
            return
        body: dict[str, Any] = {"batchId": batch["batchId"], "status": batch["status"]}
        if as_text(callback.get("detailed_results")).lower() in ("true", "1"):
            body |= {"success": len(batch["success"]), "failure": len(batch["failure"])}
            body["failures"] = [
                {"email": as_text(batch["rows"][int(number) - 1]["email"]), "error": reason}
                for number, reason in batch["reasons"].items()
            ]
        headers |= {"Content-Type": "application/json"}
        text = json.dumps({**body, **dict(params)})
        self.deliveries.send(Delivery(kind="callback", url=url, body=text, headers=headers))


def _pairs(entries: Any) -> list[tuple[str, str]]:
    rows = entries if isinstance(entries, list) else []
    named = (row for row in rows if isinstance(row, dict) and row.get("key"))
    return [(_plain(row["key"]), _plain(row.get("value"))) for row in named]


def _plain(value: Any) -> str:
    return "".join(letter for letter in as_text(value) if letter.isprintable())
