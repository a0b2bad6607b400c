"""What do people read about a promotion? One page: may the version go live, and what did each gate look at?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd
from jinja2 import ChoiceLoader, PackageLoader

from valuation.release.catalogue import Judged
from valuation.release.gate import Check
from valuation.release.looked_at import in_words
from valuation.release.verdict import Verdict
from valuation.report.blocks import Table, templates
from valuation.report.cells import Cell, Figure, count, row

_WORDS = {"passed": "passed", "refused": "refused", "not judged": "not judged"}
_COLOURS = {"passed": "yes", "refused": "no", "not judged": ""}
HEADS = ("What was looked at", "Outcome", "Found", "Limit", "n", "Remark")


def page(verdict: Verdict) -> str:
    """Return the page of a verdict as HTML."""
    environment = templates()
    loader = environment.loader
    environment.loader = ChoiceLoader([PackageLoader("valuation.release", "templates"), *([loader] if loader else [])])
    return environment.get_template("gates.html").render(**_content(verdict))


def _content(verdict: Verdict) -> dict[str, Any]:
    version, jurisdiction = verdict.version, verdict.version.bundle.jurisdiction
    refused = [one for one in verdict.judged if one.refused]
    return {
        "title": f"May version {version.model_version} of {jurisdiction.title.en} go live?",
        "is_synthetic": jurisdiction.is_synthetic,
        "is_refused": bool(refused),
        "refused": [one.gate.title for one in refused],
        "is_fixed": not all(one.gate.can_be_overruled for one in refused),
        "n_gates": len(verdict.judged),
        "not_judged": [one.gate.title for one in verdict.judged if one.status == "not judged"],
        "version": version.described(),
        "champion": None if verdict.champion is None else verdict.champion.described(),
        "at": verdict.at,
        "looked": in_words(verdict.looked),
        "looked_table": _looked(verdict),
        "decisions": verdict.decisions,
        "summary": _summary(verdict.judged),
        "gates": [(one, _checks(one)) for one in verdict.judged],
    }


def _looked(verdict: Verdict) -> Table:
    rows = [
        row(
            one.title,
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
    heads = ("Dwellings", "on the roll", "a person has looked", "a machine alone")
    return Table("Who has looked", "Values by what asks for a look, and by who has looked at them.", heads, rows)


def _summary(judged: Sequence[Judged]) -> Table:
    rows = [
        row(one.gate.title, _outcome(one.status), _counts(one.checks), f"the {one.gate.looks_at}", one.gate.code)
        for one in judged
    ]
    heads = ("Gate", "Outcome", "Checks", "Looks at", "Code")
    return Table("All gates", "Every gate and what came of it.", heads, rows, (1, 2, 3, 4))


def _counts(checks: Sequence[Check]) -> str:
    counts = {status: sum(check.status == status for check in checks) for status in _WORDS}
    return ", ".join(f"{n:,} {_WORDS[status]}" for status, n in counts.items() if n)


def _checks(one: Judged) -> Table:
    order = {"refused": 0, "passed": 1, "not judged": 2}
    rows = [
        row(
            check.measure,
            _outcome(check.status),
            _found(check),
            check.limit,
            f"{check.n:,}" if check.n else "–",
            check.remark + (f" Such as: {', '.join(check.examples)}." if check.examples else ""),
        )
        for check in sorted(one.checks, key=lambda check: order[check.status])
    ]
    return Table(one.gate.title, one.gate.title, HEADS, rows, (1, 3, 5))


def _outcome(status: str) -> Cell:
    return Cell(_WORDS[status], css=_COLOURS[status])


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
