"""Codes of SONIS in words, and words back to codes: translation table first, then the code table."""

from __future__ import annotations

from collections.abc import Mapping

from .person import Codes
from .policy import Policy
from .values import one_line

STATUS, PROGRAM, TERM = "modstat", "approg.prg_cod", "approg.term"
REFER_BY, INQUIRY_TYPE = "nmrefby.refer_by", "prospect.inqtypecod"

TRANSLATED = (REFER_BY, INQUIRY_TYPE, STATUS, PROGRAM, TERM)
"""The data points whose codes may have a translation table (rule 2.3); for a term, its semesters."""

STATUSES = ("PS", "AP", "ST", "AL")
"""The exported statuses as a person passes through them."""

BEGAN_IN_ACTIVECAMPAIGN = "ActiveCampaign"
"""The inquiry type of people who began there, where SONIS has no text for its code (rule 7.3)."""


class Labels:
    """The label of each code and the code of each label, compiled once."""

    def __init__(self, translations: Mapping[str, Mapping[str, str]], codes: Codes, policy: Policy) -> None:
        self._tables = {
            REFER_BY: codes.refer_by,
            INQUIRY_TYPE: codes.inquiry_type,
            STATUS: {code: codes.module_status.get(code, "") for code in STATUSES},
            PROGRAM: codes.program,
            TERM: codes.semester,
        }
        self._by_code = policy.program_as == "code"
        self._inquiry_type = policy.inquiry_type_code.strip()
        self._labels: dict[str, dict[str, str]] = {}
        self._codes: dict[str, dict[str, str]] = {}
        for data_point in TRANSLATED:
            translation = translations.get(data_point, {})
            labels = self._known(data_point, translation)
            self._labels[data_point] = labels
            own = {code: code for code in labels}
            self._codes[data_point] = _reversed(translation, labels, self._tables[data_point], own)

    def _known(self, data_point: str, translation: Mapping[str, str]) -> dict[str, str]:
        as_it_is = self._by_code and data_point == PROGRAM
        texts = {code.strip(): one_line(code if as_it_is else text) for code, text in self._tables[data_point].items()}
        if data_point == INQUIRY_TYPE and self._inquiry_type and not texts.get(self._inquiry_type):
            texts[self._inquiry_type] = BEGAN_IN_ACTIVECAMPAIGN
        texts |= {code.strip(): one_line(label) for code, label in translation.items()}
        return texts

    def label(self, data_point: str, code: str) -> str:
        """The label of a code, "" where it has none."""
        label = self._labels[data_point].get(code, "")
        return label or (code if self._by_code and data_point == PROGRAM else "")

    def code(self, data_point: str, label: str) -> str:
        """The code that a label, or the code itself, stands for, case aside; "" where none does."""
        return self._codes[data_point].get(one_line(label).casefold(), "")

    def possible(self, data_point: str) -> tuple[str, ...]:
        """Every label that an export can send, in code order, each once."""
        labels = self._labels[data_point]
        order = STATUSES if data_point == STATUS else sorted(labels)
        return tuple(dict.fromkeys(labels[code] for code in order if labels.get(code)))

    def unlabelled(self, data_point: str) -> tuple[str, ...]:
        """The codes that have no label, in order."""
        labels = self._labels[data_point]
        return tuple(sorted(code for code, label in labels.items() if code and not label))


def _reversed(*spellings: Mapping[str, str]) -> dict[str, str]:
    """Label to code, case aside; the first spelling that knows a label wins, then the first code."""
    found: dict[str, str] = {}
    for spelling in spellings:
        for code in sorted(spelling):
            label = one_line(spelling[code]).casefold()
            if code.strip() and label:
                found.setdefault(label, code.strip())
    return found
