"""Where each data point of the field mapping comes from, by our names of SONIS's columns (docs/sonis.md, section 2)."""

from __future__ import annotations

from collections.abc import Mapping

DATA_POINTS: Mapping[str, tuple[str, ...]] = {
    "name.sonis_id": ("name.sonis_id",),
    "name.first_name": ("name.first_name",),
    "name.last_name": ("name.last_name",),
    "name.nickname": ("name.nickname",),
    "name.birthdate": ("name.birthdate",),
    "address.street": ("address.street1", "address.street2", "address.street3"),
    "address.city": ("address.city",),
    "address.state": ("address.state",),
    "address.zip": ("address.zip_code",),
    "address.email": ("address.email",),
    "address.email2": ("address.email2",),
    "address.phone": ("address.phone",),
    "address.cell_phone": ("address.cell_phone",),
    "address.text_me": ("address.text_me",),
    "modstat": ("nmmodst.code", "nmmodst.since"),
    "prospect.hs_grad_year": ("prospect.hs_grad_year",),
    "prospect.date_rec": ("prospect.date_received",),
    "prospect.inqtypecod": ("prospect.inquiry_type",),
    "prospect.memo1": ("prospect.memo1",),
    "prospect.agency": ("prospect.agency",),
    "prospect.undergrd_attnd": ("prospect.high_school",),
    "nmrefby.refer_by": ("nmrefby.code",),
    "approg.prg_cod": ("approg.code",),
    "approg.progentry_date": ("approg.entry_date",),
    "approg.term": ("approg.school_year", "approg.semester"),
}
"""Data point to the columns that feed it, "table.column"."""

ALIASES: Mapping[str, str] = {
    **{point: columns[0] for point, columns in DATA_POINTS.items() if len(columns) == 1},
    "address.st_addr": "address.street1",
    "address.add_addr": "address.street2",
    "address.add_add2": "address.street3",
    "approg.sch_year": "approg.school_year",
}
"""Names that a schema file may use for a column besides our own: those of the field mapping."""


def points_of(column: str) -> tuple[str, ...]:
    """The data points that a column feeds; none for keys and flags."""
    return tuple(point for point, columns in DATA_POINTS.items() if column in columns)
