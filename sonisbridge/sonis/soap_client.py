"""Calls of SONIS's SOAP interface: the address, the connection, and which failures are tried again (docs/sonis.md, section 6)."""

from __future__ import annotations

import html
import re
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

import httpx2

from sonisbridge import __version__
from sonisbridge.core.errors import CorrectLoginError, RetryLaterError, StopRunError, WrongSettingsError
from sonisbridge.core.network import why_refused_inside

from .soap_text import Answer, Argument, NotSoapError, Operation, answer, envelope, operation, parsed

GOOD = "soap+https://user:password@sonis.example.edu/sonisweb"
_CONNECT_SECONDS, _READ_SECONDS = 15.0, 180.0
_ATTEMPTS = 3
_PAUSE_SECONDS = 0.5
_OPERATIONS = {
    "doSQLSomething": ("cfc/soapsql.cfc", ("user", "pass", "sql")),
    "doAPISomething": (
        "cfc/soapapi.cfc", ("user", "pass", "comp", "meth", "hasReturnVariable", "argumentdata"),
    ),
}  # fmt: skip
_ERROR = re.compile(r"\berror\s*type\b|\berror\s*message\b|\berror\s*detail\b", re.IGNORECASE)
_LOGIN = re.compile(
    r"pass\s?word|log[ -]?[io]n\b|authenti|not authori[sz]ed|unauthori[sz]ed|credential|invalid user|user\s?(?:name|id)"
    r"|account\b.{0,40}\b(?:disabled|locked)|access denied",
    re.IGNORECASE,
)
_BUSY = re.compile(r"deadlock|lock request time-?\s?out|time-?\s?out|timed out|try again", re.IGNORECASE)


class RefusedError(Exception):
    """SONIS answered with the text of an error. The text may hold data and is shown nowhere."""


class BusyError(RefusedError):
    """The text says that the same call may do later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoapOptions:
    """What may be set about the connection."""

    allow_loopback: bool = False
    """Plain http, and only on this machine: for tests."""
    read_seconds: float = _READ_SECONDS


class SoapClient:
    """One SONIS server. A refused login is final: nothing more is sent, for SONIS locks accounts that guess."""

    def __init__(self, url: str, options: SoapOptions) -> None:
        parts = _parts(url)
        self._base = (
            f"{parts.scheme.removeprefix('soap+')}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}/"
        )
        self.host = parts.hostname or ""
        self._user, self.__password = unquote(parts.username or ""), unquote(parts.password or "")
        self._options = options
        self._refused = False
        self._known: dict[str, Operation] = {}
        self._http = httpx2.Client(
            timeout=httpx2.Timeout(options.read_seconds, connect=_CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": f"sonisbridge/{__version__}"},
            transport=_Checked(parts, options),
        )

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    def sql(self, statement: str) -> Answer:
        """The answer to one statement that reads; tried again where nothing is known to have come of it."""
        return self._tried("doSQLSomething", [statement])

    def api(self, component: str, method: str, arguments: Sequence[tuple[str, str]]) -> Answer:
        """The answer of a component's method; sent once. Raises RetryLaterError when it may have been carried out."""
        self._operation("doAPISomething")
        try:
            return self._call("doAPISomething", [component, method, "yes", arguments])
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise RetryLaterError(f"SONIS's SOAP interface on {self.host} was not reached.") from error
        except (httpx2.TransportError, NotSoapError) as error:
            raise RetryLaterError(f"SONIS's SOAP interface on {self.host} gave no whole answer.", sent=True) from error

    def _tried(self, name: str, arguments: Sequence[Argument]) -> Answer:
        for attempt in range(_ATTEMPTS):
            if attempt:
                time.sleep(_PAUSE_SECONDS * 2**attempt)
            try:
                self._operation(name)
                return self._call(name, arguments)
            except (httpx2.TransportError, NotSoapError, BusyError) as error:
                failure = error
        if isinstance(failure, BusyError):
            raise RetryLaterError(f"SONIS on {self.host} was too busy to answer.") from failure
        how = "gave no SOAP answer" if isinstance(failure, NotSoapError) else "was not reached"
        raise StopRunError(
            f"SONIS does not answer: its SOAP interface on {self.host} {how}. Look at the address, and that the server is up."
        ) from failure

    def _operation(self, name: str) -> Operation:
        """How the operation is called, as the server's WSDL says, asked once."""
        if name not in self._known:
            place, usual = _OPERATIONS[name]
            response = self._http.get(f"{self._base}{place}", params={"wsdl": ""})
            self._checked_status(response)
            self._known[name] = operation(parsed(response.content), name, usual)
        return self._known[name]

    def _call(self, name: str, arguments: Sequence[Argument]) -> Answer:
        if self._refused:
            raise self._login_refused()
        how = self._known[name]
        body = envelope(name, how, [self._user, self.__password, *arguments])
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{how.action}"'}
        response = self._http.post(f"{self._base}{_OPERATIONS[name][0]}", content=body, headers=headers)
        self._checked_status(response)
        found = answer(response.content)
        if isinstance(found, str) and _ERROR.search(found):
            raise self._error(html.unescape(re.sub(r"<[^>]*>", " ", found)))
        return found

    def _checked_status(self, response: httpx2.Response) -> None:
        status = response.status_code
        if status in (401, 403):
            raise self._login_refused()
        if status == 404 or 300 <= status < 400:
            raise StopRunError(
                f"SONIS does not answer: there is no SOAP interface at that address on {self.host} (HTTP {status}). Look at "
                "the address: it ends where /cfc begins."
            )
        if status >= 500 and b"Fault" not in response.content:
            raise NotSoapError

    def _error(self, text: str) -> Exception:
        if _BUSY.search(text):
            return BusyError()
        return self._login_refused() if _LOGIN.search(text) else RefusedError()

    def _login_refused(self) -> CorrectLoginError:
        self._refused = True
        return CorrectLoginError(
            f"SONIS on {self.host} refused the user name or password, or the account is disabled. Nothing is tried again, "
            "because SONIS disables an account after a few wrong passwords: look at the account there, then give the whole "
            "address anew with `sonisbridge institution set NAME sonis_url=URL`."
        )


class _Checked(httpx2.BaseTransport):
    """Connects only to addresses that were checked, whatever the name resolves to by then."""

    def __init__(self, parts: SplitResult, options: SoapOptions) -> None:
        self._inner = httpx2.HTTPTransport()
        self._secure = parts.scheme == "soap+https"
        self._options = options

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer from the first address that takes the connection; the certificate is held to the name."""
        failure: Exception | None = None
        for address in self._addresses(request.url):
            pinned = httpx2.Request(
                request.method,
                request.url.copy_with(host=address),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": request.url.host},
            )
            try:
                return self._inner.handle_request(pinned)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                failure = error
        raise failure or httpx2.ConnectError("the host has no address")

    def close(self) -> None:
        """Close every connection."""
        self._inner.close()

    def _addresses(self, url: httpx2.URL) -> list[str]:
        port = url.port or (443 if self._secure else 80)
        try:
            found = socket.getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpx2.ConnectError("the host was not found") from error
        addresses = list(dict.fromkeys(str(item[4][0]) for item in found))
        for address in addresses:
            why = why_refused_inside(address, secure=self._secure, allow_loopback=self._options.allow_loopback)
            if why:
                raise StopRunError(f"Nothing was sent: the address of SONIS {why}. A good one is {GOOD}.")
        return addresses


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
        good = parts.scheme in ("soap+https", "soap+http") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or not parts.username or parts.password is None or parts.query or parts.fragment:
        raise WrongSettingsError(f"The address of SONIS is not that of a SOAP interface: a good one is {GOOD}.")
    return parts
