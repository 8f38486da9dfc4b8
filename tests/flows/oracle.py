"""What each contact should hold, worked out from the rows of SONIS by the rules' table alone (rules 2, 3.2 and 3.3).

It shares no code with the product, reads plain SQL, and is slow.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LATER = {"AL": 3, "ST": 2, "AP": 1, "PS": 0}
CHANGEABLE = {
    "Admissions Rep", "Home Address", "Home City", "Home State", "Home Zip Code/Postal Code", "Personal Email",
    "Home Phone", "Phone", "Prospect Status", "Program of Interest", "Start Date", "Start Term", "Okay to Text",
}  # fmt: skip
Row = dict[str, Any]


class SchoolOracle:
    """One sample school in SQLite."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path)
        self._connection.row_factory = sqlite3.Row
        self._children = {
            name: self._by_person(name) for name in ("address", "nmmodst", "approg", "nmrefby", "prospect")
        }
        self._texts = {
            "program": self._codes("program", "prg_cod", "prg_txt"),
            "semester": self._codes("semester", "semester", "sem_txt"),
            "inqtype": self._codes("inqtype", "inqtypecod", "inqtype_txt"),
            "refby": self._codes("refby", "refby_cod", "refby_txt"),
            "modstat": self._codes("modstat", "mod_stat", "mod_txt"),
        }

    def people(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Everybody's SONIS ID and the values that each contact field should hold; "" where SONIS is silent."""
        for row in self._rows("SELECT * FROM name"):
            yield row["soc_sec"], self._expected(row)

    def _expected(self, row: Row) -> dict[str, str]:
        key = row["soc_sec"]
        address = min(
            self._children["address"].get(key, []),
            key=lambda item: (not item["preferred"], int(item["addr_rid"])),
            default=None,
        )
        inquiry = (self._children["prospect"].get(key) or [{}])[0]
        return {
            "SONIS_ID": key,
            "First Name": row["first_name"],
            "Last Name": row["last_name"],
            "Preferred Name": row["nickname"],
            "Birthdate": "" if row["birthdate"] == "1900-01-01" else row["birthdate"],
            **self._from_inquiry(inquiry),
            **_from_address(address or {}),
            **self._from_program(key),
            "Lead Provider": ", ".join(
                self._texts["refby"].get(code, code)
                for code in sorted(item["refer_by"] for item in self._children["nmrefby"].get(key, []))
            ),
            "Prospect Status": self._texts["modstat"].get(self._status(key), ""),
        }

    def _from_inquiry(self, inquiry: Row) -> dict[str, str]:
        year = inquiry.get("hs_grad_year", "")
        kind = inquiry.get("inqtypecod", "")
        return {
            "HS Grad Date": f"{year}-05-30" if re.fullmatch("(19|20)[0-9]{2}", year) else "",
            "Subscribed Date": inquiry.get("date_rec", ""),
            "Opportunity Created By": self._texts["inqtype"].get(kind, kind),
            "How did you hear about institution?": inquiry.get("memo1", ""),
            "Admissions Rep": inquiry.get("agency", ""),
            "High School Name": inquiry.get("undergrd_attnd", ""),
        }

    def _from_program(self, key: str) -> dict[str, str]:
        rows = [item for item in self._children["approg"].get(key, []) if not item["disabled"]]
        rows.sort(key=lambda item: int(item["app_rid"]))
        rows.sort(key=lambda item: item["progentry_date"], reverse=True)
        rows.sort(key=lambda item: (not item["preferred"], not item["ranking"], item["ranking"] or 0))
        if not rows:
            return {"Program of Interest": "", "Start Date": "", "Start Term": ""}
        chosen = rows[0]
        return {
            "Program of Interest": self._texts["program"].get(chosen["prg_cod"], chosen["prg_cod"]),
            "Start Date": chosen["progentry_date"],
            "Start Term": self._term(chosen["semester"], chosen["sch_year"]),
        }

    def _term(self, semester: str, years: str) -> str:
        term = self._texts["semester"].get(semester, "")
        if not re.fullmatch("[0-9]{6}", years):
            return term
        first = years[:4]
        year = first if term in {"Fall", "Autumn"} else str(int(first) + 1)
        return f"{term} {year}"

    def _status(self, key: str) -> str:
        held = [item for item in self._children["nmmodst"].get(key, []) if item["mod_stat"] in LATER]
        best = max(held, key=lambda item: (item["stat_date"], LATER[item["mod_stat"]]), default={"mod_stat": ""})
        return str(best["mod_stat"])

    def _rows(self, query: str) -> list[Row]:
        return [
            {
                key: "" if value is None else value.strip() if isinstance(value, str) else value
                for key, value in row.items()
            }
            for row in map(dict, self._connection.execute(query))
        ]

    def _by_person(self, table: str) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in self._rows(f"SELECT * FROM {table}"):
            found.setdefault(row["soc_sec"], []).append(row)
        return found

    def _codes(self, table: str, code: str, text: str) -> dict[str, str]:
        return {row[code]: row[text] for row in self._rows(f"SELECT * FROM {table}")}


def _from_address(row: Row) -> dict[str, str]:
    street = [row.get(key, "") for key in ("st_addr", "add_addr", "add_add2")]
    return {
        "Home Address": ", ".join(line for line in street if line),
        "Home City": row.get("city", ""),
        "Home State": row.get("state", ""),
        "Home Zip Code/Postal Code": row.get("zip", ""),
        "Personal Email": row.get("e_mail2", "").lower(),
        "Home Phone": row.get("phone", ""),
        "Phone": row.get("cell_phone", ""),
        "Okay to Text": "" if not row else "Yes" if row["text_me"] else "No",
    }


def same_phone(written: str, held: str) -> bool:
    """Whether both are one number: the same digits, ours perhaps with the country's code before them."""
    ours, theirs = re.sub("[^0-9]", "", written), re.sub("[^0-9]", "", held)
    return theirs in {ours, f"1{ours}"}
