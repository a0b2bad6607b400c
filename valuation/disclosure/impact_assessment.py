"""What does the code know of the impact on people's privacy and rights? A draft to be finished by the controller.

The order is that of article 35(7) of the General Data Protection Regulation: description, necessity and
proportionality, risks, measures. The draft states what the program does; what only the controller knows or may judge is
marked, and nothing here says that anything is in accordance with the law.
"""

from __future__ import annotations

from valuation.disclosure.card_data import about_people, sentence_of_left_out
from valuation.disclosure.evidence import Evidence, text
from valuation.disclosure.finished_run import FinishedRun
from valuation.disclosure.model_card import SYNTHETIC
from valuation.disclosure.page import Bullets, Gap, Page, Paragraph, Section, Table, row, words

CONTROLLER = "To be filled in by the controller"
DRAFT = "Draft. It is no completed assessment, and it does not say that the processing is lawful."


def impact_assessment(run: FinishedRun) -> Page:
    """Return the draft of a data protection impact assessment, filled in as far as the code knows.

    Parameters
    ----------
    run : FinishedRun
    """
    evidence = Evidence(run)
    return Page(
        title=f"Draft of a data protection impact assessment: {run.jurisdiction.title.en}",
        language="en",
        gap=CONTROLLER,
        warning=f"{DRAFT} {SYNTHETIC}" if run.receipt["is_synthetic"] else DRAFT,
        lead=text(
            "For model version {version} of run {run}, values as of {day}.",
            version=evidence.json("receipt.json", "model_version"),
            run=evidence.json("receipt.json", "run_id"),
            day=evidence.json("receipt.json", "valuation_date"),
        ),
        sections=(
            _who(),
            _description(evidence),
            _necessity(evidence),
            _risks(),
            _measures(evidence),
            _conclusion(),
        ),
    )


def _who() -> Section:
    return Section(
        "who",
        "Who answers for it",
        tuple(
            Gap(words(asked))
            for asked in (
                "Controller, data protection officer, and processors with their agreements.",
                "Who was asked: the officer's advice, and the views of home owners or those who speak for them.",
                "Whether an assessment is required, and why.",
            )
        ),
    )


def _description(evidence: Evidence) -> Section:
    counts = {
        name: evidence.json("receipt.json", "counts", name)
        for name in ("dwellings", "sales", "sales_learned_from", "dwellings_flagged")
    }
    steps = (
        text("{sales} recorded sales are read, checked and screened; {sales_learned_from} are learned from.", **counts),
        text(
            "{dwellings} dwellings of the roll are given a value, a range, flags and the reasons for the value.",
            **counts,
        ),
        text("{dwellings_flagged} dwellings are flagged for a person to look at.", **counts),
        words("Everything is kept in files of the run folder, each with its hash, on the machine it was run on."),
    )
    characteristics = evidence.run.jurisdiction.characteristics.values()
    facts = words("; ".join(f"{item.labels.en} (source: {item.source})" for item in characteristics) + ".")
    return Section(
        "description",
        "What is processed, and why",
        (
            Paragraph(words("Purpose: a proposal for the value that property tax is reckoned from.")),
            Bullets(steps),
            Paragraph(
                words(
                    "The data are about dwellings. They are still personal data where a dwelling leads to its owner: "
                    "identity in the register, address, place on the map, price and date of a sale, value. "
                    + about_people(evidence)
                )
            ),
            Table(words("Facts per dwelling"), ("What", "Which"), (row("Characteristics", facts),), (1,)),
            Gap(words("Where the folder lies, who has access, how long it is kept, and to whom values are passed on.")),
            Gap(
                words(
                    "Whether addresses that are protected by law are among the dwellings, and how they are kept apart."
                )
            ),
        ),
    )


def _necessity(evidence: Evidence) -> Section:
    law = evidence.run.jurisdiction.law.source.strip()
    basis = (
        Paragraph((*words("The jurisdiction file names: "), evidence.json("bundle/jurisdiction.json", "law", "source")))
        if law
        else Gap(words("The legal basis: the jurisdiction file names none."))
    )
    rules = tuple(
        row(name.replace("_", " "), evidence.json("bundle/jurisdiction.json", "law", "sources", name))
        for name in evidence.run.jurisdiction.law.sources
    )
    told = (Table(words("Rules of law, and where each comes from"), ("Rule", "Source"), rows=rules, text_columns=(1,)),)
    return Section(
        "necessity",
        "Whether it is necessary and proportionate",
        (
            basis,
            *(told if rules else ()),
            Paragraph(
                words(
                    "A value of a dwelling needs facts about it, its place, and what others sold for. Each "
                    "characteristic is listed with its source; one that adds nothing can be left out by a line in the "
                    "jurisdiction file."
                )
            ),
            Paragraph(sentence_of_left_out(evidence)),
            Gap(words("Whether the purpose could be reached with less, and what was considered instead.")),
            Gap(words("How people are informed, and how they have facts put right, object or ask for a person.")),
        ),
    )


def _risks() -> Section:
    risks = (
        ("A value that is wrong for one dwelling, and a tax that is too high", "known: see limits in the model card"),
        (
            "Groups of people taxed unevenly, because areas, types or price levels are valued unevenly",
            "known: as above",
        ),
        ("A wrong fact in a register taken over without anybody seeing it", "flags find some"),
        ("A person decides as the machine says, without looking", "not measured here"),
        ("Dwellings without a flag, which nobody looks at", "in effect decided by machine unless some are drawn"),
        ("Sale prices and values of neighbours shown to others", "the folder holds both"),
        ("A changed model or table that nobody notices", "hashes are checked"),
        ("Somebody recognised in a sale shown for comparison", "no names are shown; addresses may be"),
    )
    table = Table(
        words("Risks that follow from what the code does; likelihood and severity are the controller's to judge"),
        ("Risk to people", "What is known", "Likelihood", "Severity"),
        tuple(row(risk, known, CONTROLLER.lower(), CONTROLLER.lower()) for risk, known in risks),
        (1, 2, 3),
    )
    return Section(
        "risks", "Risks to people", (table, Gap(words("Risks that come from the office, not from the code.")))
    )


def _measures(evidence: Evidence) -> Section:
    done = (
        words("Only what the jurisdiction file names enters the tables: it is the list of what may."),
        text(
            "Rows that cannot be right are set aside and listed: {sales} sales and {roll} dwellings in this run.",
            sales=evidence.json("ingest/summary.json", "sales", "rows_left_out"),
            roll=evidence.json("ingest/summary.json", "roll", "rows_left_out"),
        ),
        text(
            "A dwelling whose facts do not suffice has no value: {n} in this run.",
            n=evidence.json("receipt.json", "counts", "dwellings_not_valued"),
        ),
        words("Doubtful values are flagged by stated rules, each with a page that explains it."),
        words("Each value can be taken apart, fact by fact, in money, and rebuilt from the files of the run."),
        words("Figures of quality and fairness are published with intervals, groups that fail among them."),
        words("No format that can run code is used; each file of the model is hashed and checked before it is read."),
    )
    return Section(
        "measures",
        "Measures",
        (
            Paragraph(words("In the code:")),
            Bullets(done),
            Gap(
                words(
                    "In the office: access, training, four eyes, drawing some unflagged dwellings, deletion, incidents."
                )
            ),
        ),
    )


def _conclusion() -> Section:
    return Section(
        "conclusion",
        "Conclusion",
        (Gap(words("What risk remains, whether it is acceptable, who decided, when it is looked at again.")),),
    )
