"""Who looks, at what, and what does nobody look at?"""

from __future__ import annotations

from valuation.disclosure.evidence import Evidence, Figure, text
from valuation.disclosure.page import Block, Gap, Paragraph, Section, Table, row, words
from valuation.flags import drawn_at_random
from valuation.flags.catalogue import RULES

SEVERITY = {
    "stop": "no value is given: a person must value it",
    "review": "a person must look before anything is decided",
    "draw": "a person looks, though nothing speaks against the value",
    "note": "told, opens no case by itself",
}
RANDOM_SAMPLE = drawn_at_random.CODE
"""Code of the flag that sends a random share of the others to a person."""


def section(evidence: Evidence) -> Section:
    """Return the section on oversight: flags, what they cost and find, who decides."""
    blocks: list[Block] = [
        Paragraph(
            words(
                "The program proposes a value and flags the doubtful ones for a caseworker to look at; a named person "
                "or board decides. This version of the program keeps its own values alone: who looked at what, and "
                "what was decided, must be recorded by the office."
            )
        ),
        _flags(evidence),
        _yield(evidence),
    ]
    if RANDOM_SAMPLE not in {rule.code for rule in RULES}:
        blocks.append(
            Gap(
                words(
                    "No dwelling is drawn at random for a person to look at. Unless the office draws some itself, "
                    "those without a flag are in effect decided by machine, and nobody measures how many of them are "
                    "wrong."
                )
            )
        )
    blocks.append(
        Gap(
            words(
                "Who may decide, who controls, and how many cases each can look at is for the office to say; the "
                "files of a run do not know it."
            )
        )
    )
    return Section("oversight", "Oversight", tuple(blocks))


def _flags(evidence: Evidence) -> Table:
    rows = [
        row(
            rule.title.en,
            evidence.count_of_code("values.parquet", "flags", rule.code),
            evidence.cell("evaluation/flags.csv", "n_sales", {"code": rule.code}),
            evidence.cell("evaluation/flags.csv", "error_share", {"code": rule.code}, 1, 100.0),
            SEVERITY[rule.severity],
        )
        for rule in RULES
    ]
    rows.append(
        row(
            "Any of them",
            evidence.json("receipt.json", "counts", "dwellings_flagged"),
            evidence.cell("evaluation/flags.csv", "n_sales", {"code": "any flag"}),
            evidence.cell("evaluation/flags.csv", "error_share", {"code": "any flag"}, 1, 100.0),
            "–",
        )
    )
    heads = ("Flag", "on the roll", "valid holdout sales", "of these off by over a fifth, %", "What follows")
    return Table(words("Flags"), heads, tuple(rows), (4,))


def _yield(evidence: Evidence) -> Paragraph:
    def of(name: str, digits: int, factor: float) -> Figure:
        return evidence.json("evaluation/metrics.json", "review_yield", name, digits=digits, factor=factor)

    found = evidence.run.json("evaluation/metrics.json")["review_yield"]
    if any(found.get(name) is None for name in ("share_reviewed", "yield", "times_chance")):
        return Paragraph(words("There were too few sales to say how many of the large errors a review would find."))
    return Paragraph(
        text(
            "Looking at the {share} % of valid holdout sales with the highest stated chance of a large error would "
            "have found {found} % of the errors of over a fifth: {times} times what chance finds.",
            share=of("share_reviewed", 0, 100.0),
            found=of("yield", 0, 100.0),
            times=of("times_chance", 1, 1.0),
        )
    )
