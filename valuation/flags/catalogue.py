"""Which rules are there, and what do they say about these dwellings?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.errors import WrongUse
from valuation.flags import (
    border_jump,
    built_after_sale,
    contradictions,
    distance,
    drawn_at_random,
    error_likely,
    interval_width,
    like_sales,
    missing_facts,
    model_agreement,
    near_sales,
    not_valued,
    own_sale,
    plausibility,
    seen_combinations,
    seen_levels,
    seen_range,
    shared_value,
    value_change,
    years,
)
from valuation.flags.flag import OPENS_A_CASE, Finding, FlagEvidence, FlagRule, Severity, Source, label_of
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.languages.units import currency_word, unit_sign

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams

__all__ = [
    "ANY",
    "NONE",
    "RULES",
    "FlagEvidence",
    "carries",
    "explain_flags",
    "find_all",
    "opens_case",
    "raise_flags",
    "rule",
    "sentence",
]

RULES: tuple[FlagRule, ...] = (
    not_valued.RULE,
    missing_facts.RULE,
    plausibility.RULE,
    years.RULE,
    contradictions.RULE,
    built_after_sale.RULE,
    seen_levels.RULE,
    seen_range.RULE,
    seen_combinations.RULE,
    distance.RULE,
    near_sales.RULE,
    like_sales.RULE,
    error_likely.RULE,
    interval_width.RULE,
    model_agreement.RULE,
    own_sale.RULE,
    value_change.RULE,
    border_jump.RULE,
    shared_value.RULE,
    drawn_at_random.RULE,
)
"""Every rule, in the order its code is listed: what stops a value first, then facts, then the value itself, then what
shows only among the others of the roll."""
DWELLING_RULES = tuple(item for item in RULES if item.level == "dwelling")
ROLL_RULES = tuple(item for item in RULES if item.level == "roll")

SEPARATOR = "|"
ANY, NONE = "any flag", "no flag"
"""Asked for like a code."""


def rule(code: str) -> FlagRule:
    """Return the rule with this code.

    Raises
    ------
    WrongUse
        When there is none.
    """
    found = next((item for item in RULES if item.code == code), None)
    if found is None:
        raise WrongUse(f"no flag has the code {code!r}", expected=", ".join(item.code for item in RULES))
    return found


def carries(flags: pd.Series, *codes: str) -> NDArray[np.bool_]:
    """Return which rows carry one of the flags; `any flag` and `no flag` are asked for in the same way.

    Examples
    --------
    >>> flags = pd.Series(["far-from-sales|models-disagree", "", "few-near-sales"])
    >>> carries(flags, "models-disagree").tolist(), carries(flags, NONE).tolist()
    ([True, False, False], [False, True, False])
    """
    # Few combinations of flags occur: each is asked once, not once per dwelling.
    which, texts = pd.factorize(flags.astype("str").fillna(""))
    wanted = set(codes)
    asked = [not wanted.isdisjoint(_codes_of(text)) for text in texts]
    return np.asarray(asked, dtype=bool)[which]


def _codes_of(text: str) -> list[str]:
    return [ANY, *text.split(SEPARATOR)] if text else [NONE]


def opens_case(flags: pd.Series, severities: Sequence[str] = OPENS_A_CASE) -> NDArray[np.bool_]:
    """Return whether each dwelling carries a flag of one of the severities; by default one that sends it to a person.

    Parameters
    ----------
    flags : Series of text
        Codes joined by ``|``, as in `values.parquet`.
    severities : sequence of str
    """
    return carries(flags, *(item.code for item in RULES if item.severity in severities))


def find_all(evidence: FlagEvidence, params: FlagParams) -> dict[str, Finding]:
    """Return what every rule about a single dwelling finds, by code.

    Of a dwelling that gets no value no rule about the value says anything: from its figure the value could be read.
    """
    found = {item.code: evidence.found.get(item.code) or item.find(evidence, params) for item in DWELLING_RULES}
    stopped = _is_stopped(found)
    if not stopped.any():
        return found
    silent = {item.code for item in DWELLING_RULES if item.judges_value}
    return {code: finding.but_not(stopped) if code in silent else finding for code, finding in found.items()}


def _is_stopped(found: Mapping[str, Finding]) -> NDArray[np.bool_]:
    stops = [found[item.code].is_raised for item in DWELLING_RULES if item.severity == "stop"]
    return np.asarray(np.logical_or.reduce(stops), dtype=bool)


@dataclass(frozen=True)
class RaisedFlag:
    """One flag of one dwelling."""

    code: str
    severity: Severity
    number: float | None
    """What was found; None where the rule has no figure to show."""
    limit: float | None
    characteristic: str
    """Name of the characteristic the number is of, several joined by ``+``; empty where the rule is about none."""
    evidence: tuple[Source, ...]
    """Where the number comes from."""


@dataclass(frozen=True)
class RaisedFlags:
    """The flags of dwellings: one row of each column is a dwelling."""

    codes: NDArray[np.object_]
    """Codes joined by ``|``, in the order of `RULES`; empty where nothing was found."""
    can_be_valued: NDArray[np.bool_]
    found: Mapping[str, Finding]
    """What each rule found, by code."""

    def table(self) -> pd.DataFrame:
        """Return one row per flag of a dwelling: `row, code, severity, number, limit, characteristic, evidence`.

        `row` is the position of the dwelling; `evidence` lists where the number comes from, as ``kind:name``.
        """
        return flag_table(self.found)

    def of_each(self) -> list[tuple[RaisedFlag, ...]]:
        """Return the flags of each dwelling, in the order of `RULES`."""
        flags: list[list[RaisedFlag]] = [[] for _ in self.codes]
        for code, finding in self.found.items():
            for row in np.flatnonzero(finding.is_raised).tolist():
                flags[row].append(
                    RaisedFlag(
                        code,
                        rule(code).severity,
                        _figure(finding.number[row]),
                        _figure(finding.limit[row]),
                        "" if finding.what is None else str(finding.what[row]),
                        finding.evidence(row),
                    )
                )
        return [tuple(own) for own in flags]


def _figure(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None


def raise_flags(evidence: FlagEvidence, params: FlagParams) -> RaisedFlags:
    """Decide the flags of every dwelling by itself."""
    found = find_all(evidence, params)
    return RaisedFlags(joined_codes(found, len(evidence)), ~_is_stopped(found), found)


def joined_codes(found: Mapping[str, Finding], n: int) -> NDArray[np.object_]:
    """Return the codes raised for each dwelling, joined in the order of `RULES`."""
    # Few combinations occur: each is put into words once, not once per dwelling.
    pattern = np.zeros(n, dtype=np.int64)
    for place, item in enumerate(RULES):
        if item.code in found:
            pattern |= found[item.code].is_raised.astype(np.int64) << place
    combinations, which = np.unique(pattern, return_inverse=True)
    texts = np.array([_joined(int(combination)) for combination in combinations], dtype=object)
    return texts[which] if len(texts) else np.empty(0, dtype=object)


def _joined(pattern: int) -> str:
    return SEPARATOR.join(item.code for place, item in enumerate(RULES) if pattern >> place & 1)


def flag_table(found: Mapping[str, Finding]) -> pd.DataFrame:
    """Return one row per flag raised; see `RaisedFlags.table`."""
    parts = []
    for code, finding in found.items():
        rows = np.flatnonzero(finding.is_raised)
        part = pd.DataFrame({"row": rows, "number": finding.number[rows], "limit": finding.limit[rows]})
        part["code"], part["severity"] = code, rule(code).severity
        part["characteristic"] = "" if finding.what is None else finding.what[rows].astype(str)
        part["evidence"] = [[str(source) for source in finding.evidence(int(row))] for row in rows]
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)[FLAG_COLUMNS]
    return table.astype(dict.fromkeys(TEXT_COLUMNS, "str")).sort_values("row", kind="stable", ignore_index=True)


FLAG_COLUMNS = ["row", "code", "severity", "number", "limit", "characteristic", "evidence"]
TEXT_COLUMNS = ("code", "severity", "characteristic")


def sentence(
    code: str, number: float, limit: float, characteristic: str, jurisdiction: Jurisdiction, language: str
) -> str:
    """Put a flag of a dwelling into its sentence.

    Parameters
    ----------
    code : str
        Of a rule.
    number, limit : float
    characteristic : str
        Name in the data dictionary, several joined by ``+``, or empty: as a row of `flags.parquet` has them.
    jurisdiction : Jurisdiction
    language : str
        nb, nn or en.
    """
    what = label_of(characteristic, jurisdiction, language) or "–"
    return rule(code).say(language, number, limit, what, _unit(code, characteristic, jurisdiction, language))


def _unit(code: str, characteristic: str, jurisdiction: Jurisdiction, language: str) -> str:
    """Return what is written after the figures of a rule: money, or the unit of the fact they are of."""
    kind = rule(code).number_kind
    if kind == "money":
        return currency_word(jurisdiction.currency, language)
    item = jurisdiction.characteristics.get(characteristic)
    return unit_sign(item.unit) if kind == "plain" and item is not None else ""


def explain_flags(evidence: FlagEvidence, params: FlagParams, language: str = "en") -> pd.DataFrame:
    """Put every flag of every dwelling into its sentence.

    Returns
    -------
    DataFrame
        One row is a flag of a dwelling: `row` (position in the evidence), `code, severity, title, sentence, number,
        limit, characteristic` (name in the data dictionary, or empty), `evidence` (list of ``kind:name``).
    """
    table = flag_table(find_all(evidence, params))
    columns = (table[name].tolist() for name in ("code", "number", "limit", "characteristic"))
    told = [
        sentence(code, number, limit, name, evidence.jurisdiction, language)
        for code, number, limit, name in zip(*columns, strict=True)
    ]
    titles = [rule(code).title.in_language(language) for code in table["code"]]
    return table.assign(title=titles, sentence=told).astype({"title": "str", "sentence": "str"})
