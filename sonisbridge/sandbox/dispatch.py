"""One API request from arrival to reply: token, limits, fault, handler, log."""

import hmac
import json
import logging
import traceback
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from sonisbridge.sandbox import (
    account_fields_api,
    accounts_api,
    automations_api,
    bulk_api,
    contact_extras_api,
    contact_parts_api,
    contacts_api,
    exclusions_api,
    fields_api,
    links_api,
    lists_api,
    notes_api,
    users_api,
    webhooks_api,
)
from sonisbridge.sandbox.bulk_import import BulkImporter
from sonisbridge.sandbox.faults import FaultRule
from sonisbridge.sandbox.replies import (
    HTML_TROUBLE,
    Reply,
    forbidden,
    message,
    not_in_plan,
    numbered,
    ok,
)
from sonisbridge.sandbox.requests import Query, Request
from sonisbridge.sandbox.routing import Api, Router
from sonisbridge.sandbox.service import Service
from sonisbridge.sandbox.shapes import Shapes

logger = logging.getLogger("sandbox")
BULK_FAULTS = ("bulk_partial", "bulk_failed", "bulk_interrupted")
PLAN_GATED = {
    "CRM": ("deal", "pipeline", "contactDeals", "taskOutc", "tasktype", "taskNotif", "calendars"),
    "campaign features": ("campaign", "messages", "templates", "brandings", "stripo", "content"),
    "e-commerce features": ("ecom", "connections"),
    "custom objects": ("customObjects", "records"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A request as the connection brought it."""

    method: str
    path: str  # below /api/3
    query: str
    token: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The reply, and what the connection does to it."""

    reply: Reply | None  # None: the connection is reset, or nothing is ever sent
    fault: FaultRule | None = None


class Dispatcher:
    """Answers API requests of one account."""

    def __init__(self, service: Service, importer: BulkImporter) -> None:
        self.service = service
        self.importer = importer
        self.api = Api(service=service, shapes=Shapes(service))
        self.router = Router(
            (
                contacts_api.ROUTES,
                contact_parts_api.ROUTES,
                fields_api.ROUTES,
                lists_api.ROUTES,
                links_api.ROUTES,
                accounts_api.ROUTES,
                account_fields_api.ROUTES,
                automations_api.ROUTES,
                contact_extras_api.ROUTES,
                exclusions_api.ROUTES,
                notes_api.ROUTES,
                webhooks_api.ROUTES,
                users_api.ROUTES,
                bulk_api.routes(importer),
            )
        )

    def admit(self, incoming: Incoming) -> tuple[Request, Answer | None]:
        """Log a request and decide its fate; None: it goes on to `perform`."""
        service = self.service
        now = service.clock.seconds()
        entry = service.log.open(time=now, method=incoming.method, path=incoming.path, query=incoming.query)
        entry.size = len(incoming.body)
        request = Request(
            method=incoming.method,
            path=incoming.path,
            query=Query(incoming.query),
            body=incoming.body,
            entry=entry,
        )
        if not hmac.compare_digest(incoming.token.encode(), service.token.encode()):
            return request, Answer(reply=forbidden())
        if service.switches["read_status"] == "402":
            return request, Answer(reply=payment_required())
        throttled = self._throttle(request, now)
        if throttled is not None:
            return request, Answer(reply=throttled)
        rule = service.faults.strike(incoming.method, incoming.path, entry.number)
        if rule is None:
            return request, None
        entry.fault = rule.name
        if rule.name in BULK_FAULTS:
            request.import_fault = (rule.name, rule.fraction)
            return request, None
        return request, Answer(reply=self._fault_reply(rule), fault=rule)

    def _throttle(self, request: Request, now: float) -> Reply | None:
        service = self.service
        if request.path.startswith("/import/") and not service.switches.on("bulk_counts_in_rate"):
            return None
        wait = service.limits.request_wait(now)
        if wait <= 0:
            return None
        request.note("over_rate")
        return self._too_many(wait)

    def _too_many(self, wait: float) -> Reply:
        reply = message(int(self.service.switches["rate_limit_status"]), "Too Many Requests")
        reply.headers["RateLimit-Limit"] = str(self.service.limits.requests.most)
        reply.headers["RateLimit-Remaining"] = "0"
        if self.service.switches.on("retry_after_header"):
            reply.headers["Retry-After"] = str(max(ceil(wait), 1))
        return reply

    def _fault_reply(self, rule: FaultRule) -> Reply | None:
        if rule.name == "429":
            return self._too_many(1.0)
        if rule.name == "402":
            return payment_required()
        if rule.name == "403":
            return forbidden()
        if rule.name == "500":
            return message(500, "An unexpected error occurred")
        if rule.name in ("502", "503", "html200"):
            status = 200 if rule.name == "html200" else int(rule.name)
            return Reply(status, HTML_TROUBLE, "text/html; charset=utf-8")
        return None

    def perform(self, request: Request) -> Reply:
        """Do what the request asks for."""
        self.importer.settle()
        handler = self.router.find(request)
        if isinstance(handler, int):
            return self._no_route(request, handler)
        switches = self.service.switches
        if request.path.startswith("/account") and not switches.on("accounts_enabled"):
            return not_in_plan("accounts")
        try:
            if request.method in ("POST", "PUT", "PATCH"):
                request.json()
            reply = handler(self.api, request)
        except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
            return numbered(400, "Bad Request", detail="The request body is not valid JSON")
        except Exception as error:  # noqa: BLE001 - a client must see a 500, whatever went wrong
            frame = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(frame.filename).name}:{frame.lineno}"
            logger.error("%s in %s at %s", type(error).__name__, request.route, place)  # noqa: TRY400
            return message(500, "An unexpected error occurred")
        return reply

    def _no_route(self, request: Request, status: int) -> Reply:
        first = request.path.strip("/").split("/")[0]
        for feature, starts in PLAN_GATED.items():
            if first.startswith(starts):
                return not_in_plan(feature)
        return message(status, "Not Found" if status == 404 else "Method Not Allowed")

    def finish(self, request: Request, answer: Answer) -> None:
        """Complete the log entry and the reply's headers."""
        service = self.service
        now = service.clock.seconds()
        reply = answer.reply
        request.entry.status = None if reply is None else reply.status
        service.log.close(request.entry, endpoint=request.route or "unrouted", time=now)
        if reply is not None and service.limits.real and "RateLimit-Limit" not in reply.headers:
            reply.headers["RateLimit-Limit"] = str(service.limits.requests.most)
            reply.headers["RateLimit-Remaining"] = str(service.limits.requests.left(now))


def payment_required() -> Reply:
    """What an account whose plan has ended answers."""
    return ok({"message": "Payment Required"}, 402)
