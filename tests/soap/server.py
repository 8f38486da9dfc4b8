"""A look-alike of SONIS's SOAP interface: RPC encoding, errors as text under 200, padded cells, accounts that lock."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections import Counter
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from tests.soap.tsql import TsqlError, TsqlSchool

USER, PASSWORD = "apibridge", "s3cret@x"
TRIES = 3
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_WSDL = """<?xml version="1.0" encoding="UTF-8"?>
<wsdl:definitions targetNamespace="http://{place}" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
    xmlns:wsdlsoap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:impl="http://{place}">
  <wsdl:message name="{name}Request">{parts}</wsdl:message>
  <wsdl:portType name="x"><wsdl:operation name="{name}" parameterOrder="{order}">
    <wsdl:input message="impl:{name}Request" name="{name}Request"/></wsdl:operation></wsdl:portType>
  <wsdl:binding name="x.cfcSoapBinding" type="impl:x">
    <wsdlsoap:binding style="rpc" transport="http://schemas.xmlsoap.org/soap/http"/>
    <wsdl:operation name="{name}"><wsdlsoap:operation soapAction="urn:{name}"/>
      <wsdl:input name="{name}Request"><wsdlsoap:body namespace="http://{place}" use="encoded"/></wsdl:input>
    </wsdl:operation>
  </wsdl:binding>
  <wsdl:service name="x"><wsdl:port binding="impl:x.cfcSoapBinding" name="x.cfc">
    <wsdlsoap:address location="http://inside.example.invalid/{place}"/></wsdl:port></wsdl:service>
</wsdl:definitions>"""
PARTS = {
    "soapsql.cfc": ("doSQLSomething", ("user", "pass", "sql")),
    "soapapi.cfc": ("doAPISomething", ("user", "pass", "comp", "meth", "hasReturnVariable", "argumentdata")),
}
REQUIRED = (
    "last_name", "first_name", "mi", "st_addr", "add_addr", "add_add2", "city", "state", "zip", "country", "phone",
    "cell_phone", "nickname", "work_phone", "e_mail", "term_int", "referby", "enstat_cod", "prg_cod", "camp_cod",
    "comments", "snd_app", "employer", "moved_dt", "move2app", "contact", "ref_other", "incomplete", "birthdate",
    "memo1", "memo2", "memo3", "areas_of_interest_rid", "undergrd_attnd", "undergrd_maj",
)  # fmt: skip


class SoapSonis:
    """The server, over the SQLite file of a school."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.school = TsqlSchool(path)
        self.statements: list[str] = []
        self.inquiries: list[dict[str, str]] = []
        self.faults: list[str] = []
        """What is wrong with the next answers to doSQLSomething and doAPISomething, one each."""
        self.multirefs = False
        self.keeps_row_ids = True
        self.posts = 0
        self._wrong: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def url(self, user: str = USER, password: str = "s3cret%40x") -> str:
        """The address of SONIS, as an administrator gives it."""
        return f"soap+http://{user}:{password}@127.0.0.1:{self._http.server_port}/sonisweb"

    def close(self) -> None:
        """Stop."""
        self._http.shutdown()
        self._http.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        sonis = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                """Nothing."""

            def do_GET(self) -> None:
                found = re.fullmatch(r"/sonisweb/cfc/(\w+\.cfc)\?wsdl=?", self.path)
                if not found or found[1] not in PARTS:
                    self._send(404, b"<html>404</html>")
                    return
                name, parts = PARTS[found[1]]
                listed = "".join(f'<wsdl:part name="{part}" type="xsd:string"/>' for part in parts)
                text = _WSDL.format(place=f"cfc.{found[1]}", name=name, parts=listed, order=" ".join(parts))
                self._send(200, text.encode())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with sonis._lock:
                    status, answer = sonis.answered(self.path, body, self.headers.get("SOAPAction", ""))
                if status == 0:
                    self.close_connection = True
                    return
                self._send(status, answer)

            def _send(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "text/xml; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Handler

    def answered(self, path: str, body: bytes, action: str) -> tuple[int, bytes]:
        """Status and body; status 0 hangs up."""
        self.posts += 1
        place = path.rpartition("/")[2]
        name, parts = PARTS[place]
        assert action == f'"urn:{name}"', "the soapAction is that of the WSDL"
        call = ElementTree.fromstring(body).find(f"{{{ENVELOPE}}}Body")[0]  # type: ignore[index]
        assert call.tag == f"{{http://cfc.{place}}}{name}", "the namespace is that of the WSDL"
        given = {item.tag: item for item in call}
        assert tuple(given) == parts
        fault = self.faults.pop(0) if self.faults else ""
        if fault in _BEFORE:
            return _BEFORE[fault]
        said: bytes
        if (refusal := self._login(given["user"].text or "", given["pass"].text or "")) is not None:
            said = _string(name, refusal)
        elif name == "doSQLSomething":
            said = self._sql(name, given["sql"].text or "")
        else:
            said = self._api(name, given)
        return _after(fault, said)

    def _login(self, user: str, password: str) -> str | None:
        if self._wrong[user] >= TRIES:
            return error("Security", "This account has been disabled.")
        if (user, password) != (USER, PASSWORD):
            self._wrong[user] += 1
            return error("Security", "The user name or password is incorrect.")
        self._wrong[user] = 0
        return None

    @property
    def disabled(self) -> bool:
        """Whether the account was locked."""
        return self._wrong[USER] >= TRIES

    def _sql(self, name: str, text: str) -> bytes:
        self.statements.append(text)
        if ";" in text:
            return _string(name, error("Application", "Only one statement is allowed."))
        try:
            names, rows = self.school.rows(text)
        except TsqlError as refused:
            return _string(name, error("Database", f"Error Executing Database Query. {refused}"))
        return self._table(name, names, rows)

    def _table(self, name: str, names: list[str], rows: list[tuple[Any, ...]]) -> bytes:
        columns = "".join(f'<item xsi:type="xsd:string">{escape(column.upper())}</item>' for column in names)
        data = "".join(f'<item c:arrayType="xsd:anyType[{len(row)}]">{"".join(map(_cell, row))}</item>' for row in rows)
        bean = (
            f'<columnList c:arrayType="xsd:string[{len(names)}]">{columns}</columnList>'
            f'<data c:arrayType="xsd:anyType[][{len(rows)}]">{data}</data>'
        )
        if self.multirefs:
            return _response(
                name, f'<{name}Return href="#id0"/>', f'<multiRef id="id0" xsi:type="t:QueryBean">{bean}</multiRef>'
            )
        return _response(name, f'<{name}Return xsi:type="t:QueryBean">{bean}</{name}Return>')

    def _api(self, name: str, given: dict[str, Any]) -> bytes:
        assert (given["comp"].text, given["meth"].text) == ("CFC.addps", "addnewps")
        values = {pair[0].text: pair[1].text or "" for pair in given["argumentdata"]}
        missing = [argument for argument in REQUIRED if argument not in values]
        if missing:
            return _string(name, error("Application", f"The argument {missing[0].upper()} is required."))
        if any(re.search("#[^#]*#", value) for value in values.values()):
            return _string(name, error("Expression", "Variable is undefined."))
        self.inquiries.append(values)
        with sqlite3.connect(self.path, timeout=20) as database:
            known = {row[1] for row in database.execute("PRAGMA table_info(webps)")}
            kept = {key: value for key, value in values.items() if key in known and value}
            [(count,)] = database.execute("SELECT COUNT(*) FROM webps").fetchall()
            kept |= {
                "webps_rid": f"{date.today():%Y%m%d}{5_000_000_000 + count}",
                "submitted": date.today().isoformat(),
            }
            database.execute(
                f"INSERT INTO webps ({', '.join(kept)}) VALUES ({', '.join('?' * len(kept))})", list(kept.values())
            )
        database.close()
        return _string(name, "")


def error(kind: str, message: str) -> str:
    """The text of an error, as ColdFusion shows it."""
    return f"<b>Error Type</b> - {kind}<br><b>Error Message</b> - {message}<br><b>Error Detail</b> - none"


def _cell(value: Any) -> str:
    if value is None:
        return '<item xsi:nil="true"/>'
    return f'<item xsi:type="xsd:string">{escape(str(value))}  </item>'


def _string(name: str, text: str) -> bytes:
    return _response(name, f'<{name}Return xsi:type="xsd:string">{escape(text)}</{name}Return>')


def _response(name: str, inner: str, after: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="utf-8"?><e:Envelope xmlns:e="{ENVELOPE}" xmlns:t="http://rpc.xml.coldfusion" '
        'xmlns:c="http://schemas.xmlsoap.org/soap/encoding/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f'<e:Body><n:{name}Response xmlns:n="http://cfc">{inner}</n:{name}Response>{after}</e:Body></e:Envelope>'
    ).encode()


_BEFORE: dict[str, tuple[int, bytes]] = {
    "hang up": (0, b""),
    "html": (200, b"<html><body>SONIS is being updated</body></html>"),
    "500": (500, b"<html>Server Error</html>"),
    "redirect": (302, b""),
    "401": (401, b""),
    "doctype": (200, b'<!DOCTYPE x [<!ENTITY y "z">]><x>&y;</x>'),
    "busy": (200, _string("x", error("Database", "Transaction was deadlocked on lock resources."))),
    "error": (200, _string("x", error("Application", "Something is wrong with O'Neil, ann@example.com."))),
    "login": (200, _string("x", error("Security", "The user name or password is incorrect."))),
    "fault": (
        500,
        f'<e:Envelope xmlns:e="{ENVELOPE}"><e:Body><e:Fault><faultstring>no such method</faultstring></e:Fault></e:Body>'
        "</e:Envelope>".encode(),
    ),
}  # fmt: skip


def _after(fault: str, said: bytes) -> tuple[int, bytes]:
    """What was done stays done; the answer suffers."""
    match fault:
        case "cut":
            return 200, said[: len(said) // 2]
        case "lost":
            return 0, b""
    return 200, said
