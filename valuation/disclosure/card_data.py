"""What was the model made from, what is missing in it, and what was left out on purpose?"""

from __future__ import annotations

from valuation.disclosure.evidence import Evidence, Figure, Text, text
from valuation.disclosure.page import Block, Gap, Paragraph, Section, Table, row, words

RULES_OF_INGEST = {
    "amount_not_above_zero": "a price or amount that is not above zero",
    "no_partner": "a row that no other register knows",
    "swapped_coordinates": "coordinates written in the wrong order, set aside",
}
"""Findings of `ingest` in words; others are shown by their code."""


def sections(evidence: Evidence) -> tuple[Section, ...]:
    """Return the sections about data: sources, gaps, screening, what is used and what was left out."""
    return (_sources(evidence), _gaps(evidence), _screening(evidence), _used(evidence), _left_out(evidence))


def _sources(evidence: Evidence) -> Section:
    tables = evidence.run.jurisdiction.tables
    raw = evidence.run.json("ingest/summary.json")["raw_files"]
    rows = []
    for name, table in sorted(tables.items()):
        known = table.file in raw
        rows.append(
            row(
                _word(evidence, table.file, "tables", name, "file"),
                _word(evidence, table.published_by, "tables", name, "published_by"),
                _word(evidence, table.licence, "tables", name, "licence"),
                evidence.json("ingest/summary.json", "raw_files", table.file, "rows") if known else None,
                evidence.json("ingest/summary.json", "raw_files", table.file, "sha256") if known else None,
            )
        )
    return Section(
        "data",
        "Data",
        (
            Table(
                words("Raw files, as they were read"),
                ("File", "Published by", "Licence", "Rows", "SHA-256"),
                tuple(rows),
                (1, 2, 4),
            ),
        ),
    )


def _word(evidence: Evidence, shown: str, *path: str) -> Figure:
    """Return a text of the jurisdiction file with its address: digits in it are the file's, not ours."""
    found = evidence.json("bundle/jurisdiction.json", *path)
    return Figure(found.value, shown, found.source)


def _gaps(evidence: Evidence) -> Section:
    sides = {"sales": "Sales", "roll": "Roll"}
    steps = {
        "rows_in_raw_table": "rows in the raw table",
        "exact_duplicates_dropped": "exact duplicates, dropped",
        "earlier_sales_of_a_dwelling": "earlier sales of a dwelling, of which the roll takes the newest",
        "rows_left_out": "rows in quarantine, left out",
        "rows_with_cells_set_aside": "rows with single cells set aside",
        "rows_written": "rows used further",
    }
    counts = Table(
        words("From the raw tables to what is used"),
        ("Step", *sides.values()),
        tuple(
            row(label, *(evidence.json("ingest/summary.json", side, step) for side in sides))
            for step, label in steps.items()
        ),
    )
    blocks: list[Block] = [counts]
    findings = evidence.run.json("ingest/summary.json")["findings"]
    if findings:
        blocks.append(
            Table(
                words("Why rows or cells were set aside; every one is listed in ingest/rejected_rows.csv"),
                ("Finding", "Rows or cells"),
                tuple(
                    row(
                        RULES_OF_INGEST.get(name, name.replace("_", " ")),
                        evidence.json("ingest/summary.json", "findings", name),
                    )
                    for name in sorted(findings)
                ),
            )
        )
    return Section("gaps", "Gaps in the data", (*blocks, _missing(evidence), *_not_recorded(evidence)))


def _missing(evidence: Evidence) -> Table:
    on_roll, on_sales = evidence.run.columns("roll.parquet"), evidence.run.columns("sales.parquet")
    names = [name for name in evidence.run.jurisdiction.characteristics if name in on_roll and name in on_sales]
    if evidence.run.jurisdiction.coordinates is not None:
        names.append("x_m")
    rows = [
        row(
            _label(evidence, name),
            evidence.missing_share("roll.parquet", name),
            evidence.missing_share("sales.parquet", name, is_valid_sale=True),
        )
        for name in names
    ]
    return Table(words("Share without an entry, %"), ("Characteristic", "Roll", "Valid sales"), tuple(rows))


def _label(evidence: Evidence, name: str) -> Figure | str:
    item = evidence.run.jurisdiction.characteristics.get(name)
    if item is None:
        return "Location on the map"
    return _word(evidence, item.labels.en, "characteristics", name, "labels", "en")


def _not_recorded(evidence: Evidence) -> tuple[Gap, ...]:
    names = " ".join(evidence.run.jurisdiction.characteristics)
    if any(word in names for word in ("condition", "quality", "grade", "renovat")):
        return ()
    return (
        Gap(
            words(
                "No register used here says in what condition a dwelling is, inside or out. That moves prices more "
                "than most of what is recorded; the probable range is wide for that reason, and only a person who has "
                "been there can know."
            )
        ),
    )


def _screening(evidence: Evidence) -> Section:
    table = evidence.rows("screen/summary.csv")
    rules = [code for code in table["code"] if code]
    rows = [
        row(
            Figure(
                str(evidence.rows("screen/summary.csv", code=code)["sentence"].iloc[0]),
                str(evidence.rows("screen/summary.csv", code=code)["sentence"].iloc[0]),
                f"screen/summary.csv?code={code}#sentence",
            ),
            evidence.cell("screen/summary.csv", "n_excluded", {"code": code}),
            evidence.cell("screen/summary.csv", "n_only_reason", {"code": code}),
        )
        for code in rules
    ]
    told = text(
        "Of {all} sales read, {valid} are held to be free sales between strangers; {learned} of them lie before the "
        "holdout and were learned from. Screening never removes a sale from the holdout for its price.",
        all=evidence.json("receipt.json", "counts", "sales"),
        valid=evidence.json("receipt.json", "counts", "sales_valid"),
        learned=evidence.json("receipt.json", "counts", "sales_learned_from"),
    )
    return Section(
        "screening",
        "Sales that were not learned from",
        (
            Paragraph(told),
            Table(
                words("Rules of screening; a sale may break several"),
                ("Rule", "Sales excluded", "By this rule alone"),
                tuple(rows),
            ),
        ),
    )


def _used(evidence: Evidence) -> Section:
    rows = []
    for name, item in evidence.run.jurisdiction.characteristics.items():
        since = (
            _word(evidence, str(item.known_since), "characteristics", name, "known_since") if item.known_since else "–"
        )
        rows.append(
            row(
                _label(evidence, name),
                "by the models" if item.is_feature else "for people and groups, not by the models",
                {"raises": "more never lowers the value", "lowers": "more never raises the value"}.get(
                    item.direction, "–"
                ),
                since,
                _word(evidence, item.source, "characteristics", name, "source"),
            )
        )
    heads = ("Characteristic", "Used", "Held to", "Known since", "Source")
    return Section(
        "used",
        "What is used",
        (
            Table(words("The data dictionary"), heads, tuple(rows), (1, 2, 4)),
            Paragraph(
                words(
                    "Made from these: the age of the building, where the dwelling lies, and what neighbours sold for "
                    "before the day in question, the dwelling's own sale left out."
                )
            ),
        ),
    )


def _left_out(evidence: Evidence) -> Section:
    people = words(about_people(evidence))
    listed = evidence.run.jurisdiction.left_out
    if not listed:
        gap = Gap(words("The jurisdiction file does not list what was left out, and why."))
        return Section("left-out", "What was left out, and why", (Paragraph(people), gap))
    rows = tuple(
        row(
            _word(evidence, item.column, "left_out", str(place), "column"),
            _word(evidence, item.reason, "left_out", str(place), "reason"),
        )
        for place, item in enumerate(listed)
    )
    table = Table(words("Raw columns that are there and deliberately not used"), ("Column", "Reason"), rows, (1,))
    return Section("left-out", "What was left out, and why", (Paragraph(people), table))


def sentence_of_left_out(evidence: Evidence) -> Text:
    """Return what was left out in a sentence, for the register and the impact assessment."""
    listed = evidence.run.jurisdiction.left_out
    if not listed:
        return words("The jurisdiction file does not list what was left out.")
    return words("Left out on purpose: " + "; ".join(f"{item.column} ({item.reason})" for item in listed) + ".")


def about_people(evidence: Evidence) -> str:
    """Return what is read about people, honestly: what a deed says of how a sale came about is about its parties."""
    sales = evidence.run.jurisdiction.sales
    read = {"how buyer and seller are related": sales.relation, "whether the sale was forced": sales.is_forced}
    known = [what for what, origin in read.items() if origin is not None]
    nothing = "No owner, buyer, name, income or national identity number is read."
    if not known:
        return nothing
    return f"{nothing} Of a sale it is read {' and '.join(known)}, to tell free sales from others; no model sees that."
