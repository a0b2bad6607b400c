"""What do people read about a promotion? One page: may the version go live, and what did each gate look at?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import pandas as pd

from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.languages.spoken import recorded, say, spoken
from valuation.release.catalogue import Judged
from valuation.release.gate import Check
from valuation.release.gate_words import GATE_TITLES, STATUS_WORDS, measure_words
from valuation.release.looked_at import in_words
from valuation.release.verdict import Verdict
from valuation.report.blocks import Table
from valuation.report.cells import Cell, Figure, count, row, shown
from valuation.report.own_pages import in_every_language, rendered

_ORDER = {"refused": 0, "passed": 1, "not judged": 2}
_COLOURS = {"passed": "yes", "refused": "no", "not judged": ""}


def pages(verdict: Verdict) -> dict[str, str]:
    """Return file name to HTML in every language of the place: files that open without a server and ask for nothing."""
    return in_every_language(verdict.version.bundle.jurisdiction.languages, partial(page, verdict))


def page(verdict: Verdict, language: str = "en", languages: Sequence[str] = ()) -> str:
    """Return the page of a verdict as HTML.

    Parameters
    ----------
    verdict : Verdict
    language : str
    languages : sequence of str
        All it is written in, which it leads to.
    """
    return rendered("valuation.release", "gates.html", language, languages, partial(_content, verdict))


def _content(verdict: Verdict) -> dict[str, Any]:
    version, jurisdiction = verdict.version, verdict.version.bundle.jurisdiction
    refused = [one for one in verdict.judged if one.refused]
    decisions = verdict.decisions
    return {
        "title": say(
            "May version {version} of {place} go live?",
            version=version.model_version,
            place=jurisdiction.title.in_language(spoken()),
        ),
        "is_synthetic": jurisdiction.is_synthetic,
        "refused": [_title(one) for one in refused],
        "is_fixed": not all(one.gate.can_be_overruled for one in refused),
        "n_gates": len(verdict.judged),
        "not_judged": [_title(one) for one in verdict.judged if one.status == "not judged"],
        "version": version.described(),
        "champion": None if verdict.champion is None else verdict.champion.described(),
        "at": verdict.at,
        "looked": in_words(verdict.looked),
        "looked_table": _looked(verdict),
        "decisions": None if decisions is None else {**decisions, "says": recorded(decisions["says"])},
        "summary": _summary(verdict.judged),
        "gates": [
            {
                "code": one.gate.code,
                "title": _title(one),
                "explanation": say(one.gate.explanation),
                "checks": _checks(one, version.bundle.jurisdiction),
            }
            for one in verdict.judged
        ],
    }


def _title(one: Judged) -> str:
    return GATE_TITLES[one.gate.code].in_language(spoken())


def _looked(verdict: Verdict) -> Table:
    rows = [
        row(
            say(one.title),
            *(
                count(n, kind="looked_at", group=one.kind, of=of)
                for of, n in (
                    ("dwellings", one.dwellings),
                    ("looked_at", one.looked_at),
                    ("not_looked_at", one.dwellings - one.looked_at),
                )
            ),
            is_apart=one.kind == "all",
        )
        for one in verdict.looked
    ]
    heads = (say("Dwellings"), say("on the roll"), say("a person has looked"), say("a machine alone"))
    caption = say("Values by what asks for a look, and by who has looked at them.")
    return Table(say("Who has looked"), caption, heads, rows)


def _summary(judged: Sequence[Judged]) -> Table:
    looks_at = {"roll": say("the roll"), "sales": say("the sales")}
    rows = [
        row(_title(one), _outcome(one.status), _counts(one.checks), looks_at[one.gate.looks_at], one.gate.code)
        for one in judged
    ]
    heads = (say("Gate"), say("Outcome"), say("Checks"), say("Looks at"), say("Code"))
    return Table(say("All gates"), say("Every gate and what came of it."), heads, rows, (1, 2, 3, 4))


def _counts(checks: Sequence[Check]) -> str:
    counts = {status: sum(check.status == status for check in checks) for status in _COLOURS}
    return ", ".join(f"{shown(n, 0)} {_status(status)}" for status, n in counts.items() if n)


def _checks(one: Judged, place: Jurisdiction) -> Table:
    rows = [
        row(
            measure_words(check.measure, place),
            _outcome(check.status),
            _found(check),
            recorded(check.limit),
            shown(check.n, 0) if check.n else "–",
            _remark(check),
        )
        for check in sorted(one.checks, key=lambda check: _ORDER[check.status])
    ]
    heads = (say("What was looked at"), say("Outcome"), say("Found"), say("Limit"), say("n"), say("Remark"))
    return Table(_title(one), _title(one), heads, rows, (1, 3, 5))


def _remark(check: Check) -> str:
    said = recorded(check.remark)
    return said + (" " + say("Such as: {examples}.", examples=", ".join(check.examples)) if check.examples else "")


def _status(status: str) -> str:
    return STATUS_WORDS[status].in_language(spoken())


def _outcome(status: str) -> Cell:
    return Cell(_status(status), css=_COLOURS[status])


def _found(check: Check) -> Cell:
    is_count = math.isfinite(check.found) and check.found == round(check.found)
    marks = {"kind": "gate", "measure": check.measure}
    bounds = (Figure(check.lower, 3), Figure(check.upper, 3))
    small = bounds if bounds[0].is_given and bounds[1].is_given else ""
    return Cell(Figure(check.found, 0 if is_count and not small else 3, 1, marks), small=small)


def checks_table(verdict: Verdict) -> pd.DataFrame:
    """Return one row per check: `gate, measure, status, n, found, lower, upper, limit, remark, examples`."""
    rows = [
        {"gate": one.gate.code, **asdict(check), "examples": " ".join(check.examples)}
        for one in verdict.judged
        for check in one.checks
    ]
    columns = ["gate", "measure", "status", "n", "found", "lower", "upper", "limit", "remark", "examples"]
    table = pd.DataFrame(rows, columns=columns)
    # Names and ids come from registers: a spreadsheet must not take one for a formula.
    for column in ("measure", "remark", "examples"):
        table[column] = table[column].map(lambda text: f"'{text}" if text[:1] in _FORMULA else text)
    return table


_FORMULA = tuple("=+-@\t\r")
