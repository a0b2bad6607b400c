"""How does the model version stand in a public register of algorithms? An entry by a published standard, as JSON.

The standard is the publication standard of the Dutch register of algorithms, version 1.0 (MinBZK/Algoritmeregister on
GitHub, backend/app/schemas/config/v1_0.json): the most widely used one with a schema that machines can check. Field
names, lengths and permitted values below are its own; the schema file itself is not copied (EUPL 1.2). What only the
organisation can know is left out and listed, never guessed.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from valuation.disclosure.card_data import about_people, sentence_of_left_out
from valuation.disclosure.card_figures import STUDY, figure
from valuation.disclosure.evidence import Evidence, Figure, Text, plain, text
from valuation.disclosure.finished_run import FinishedRun
from valuation.disclosure.page import words
from valuation.errors import InputRefused

STANDARD = {
    "name": "Publicatiestandaard Algoritmeregister",
    "version": "1.0",
    "source": "https://github.com/MinBZK/Algoritmeregister (backend/app/schemas/config/v1_0.json)",
}
LONG, LONGEST = 2500, 5000
"""Signs a text may have."""


class Link(BaseModel):
    """A title with an address."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(max_length=500)
    link: str = Field("", max_length=500)


class RegisterEntry(BaseModel):
    """The fields of the publication standard, with its limits; None where only the organisation can fill them in."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=100)
    description_short: str = Field(max_length=350)
    organization: str = Field(max_length=100)
    category: list[Literal["Overheidsfinanciën", "Wonen"]] = Field(max_length=3)
    status: Literal["In ontwikkeling", "In gebruik", "Buiten gebruik"]
    begin_date: str | None = Field(None, pattern=r"^\d{4}-\d{2}$")
    end_date: str | None = Field(None, pattern=r"^\d{4}-\d{2}$")
    contact_email: str | None = Field(None, max_length=500)
    website: str | None = Field(None, max_length=500)
    publication_category: Literal["Hoog-risico AI-systeem", "Impactvolle algoritmes", "Overige algoritmes"] | None = (
        None
    )
    url: str | None = Field(None, max_length=500)
    goal: str = Field(max_length=LONG)
    proportionality: str = Field(max_length=LONG)
    human_intervention: str = Field(max_length=LONG)
    risks: str = Field(max_length=LONG)
    lawful_basis: str | None = Field(None, max_length=LONG)
    lawful_basis_grouping: list[Link] = []
    process_index_url: str | None = Field(None, max_length=500)
    impacttoetsen_grouping: list[Link] = []
    impacttoetsen: str = Field(max_length=LONG)
    source_data: str = Field(max_length=LONG)
    source_data_grouping: list[Link] = []
    methods_and_models: str = Field(max_length=LONGEST)
    provider: str | None = Field(None, max_length=200)
    publiccode: str | None = Field(None, max_length=500)
    lang: Literal["nld", "eng", "nob", "nno"]
    standard_version: Literal["1.0"]
    source_id: str = Field(max_length=100)
    tags: str = Field(max_length=LONG)


REQUIRED = ("name", "description_short", "organization", "status", "contact_email", "publication_category", "lang")
"""Fields an entry cannot be handed in without."""
TO_BE_FILLED_IN = {
    "contact_email": "an address or website where people can ask",
    "publication_category": "high-risk AI system, algorithm with impact, or other: a judgement of the organisation",
    "begin_date": "the month it was taken into use",
    "website": "the public page about it, such as the one on how it works",
    "process_index_url": "the record of processing activities",
    "impacttoetsen_grouping": "assessments made, by name and address; dpia.md is a draft and no assessment",
    "lawful_basis_grouping": "the laws by title and address",
    "provider": "who supplied it, or that it was made in the house",
    "publiccode": "where the source code can be read",
    "proportionality": "the weighing itself: what speaks for and against using it, and what else was considered",
}
DEPARTURES = (
    "lang is eng: the Dutch register itself admits nld alone, so the texts are to be translated before handing in "
    "there",
    "fields that only the organisation can know are null and listed in to_be_filled_in",
)


class RegisterFile(BaseModel):
    """What is written: the entry, the standard it follows, where it departs from it, and what is left to fill in."""

    model_config = ConfigDict(extra="forbid")

    standard: dict[str, str]
    entry: RegisterEntry
    to_be_filled_in: dict[str, str]
    departures: tuple[str, ...]
    is_synthetic: bool
    figures: list[dict[str, Any]]
    """Every figure in the texts: value, as shown, and the file of the run it was taken from."""


def register_entry(run: FinishedRun) -> RegisterFile:
    """Return the entry of the model version a run made.

    Parameters
    ----------
    run : FinishedRun

    Raises
    ------
    InputRefused
        When a text is longer than the standard allows.
    """
    evidence = Evidence(run)
    texts = _texts(evidence)
    law = " ".join((run.jurisdiction.law.source.strip(), *(f"{line}." for line in run.jurisdiction.law.told()))).strip()
    gaps = dict(TO_BE_FILLED_IN) | ({} if law else {"lawful_basis": "the law it is used under"})
    fixed: dict[str, Any] = {
        "organization": run.jurisdiction.title.en,
        "category": ["Overheidsfinanciën", "Wonen"],
        "status": "In ontwikkeling",
        "lawful_basis": law or None,
        "lang": "eng",
        "standard_version": "1.0",
        "source_id": f"{run.jurisdiction.name}-{run.receipt['model_version']}",
        "tags": "property tax, mass appraisal, valuation, dwellings",
    }
    content = {
        "standard": STANDARD,
        "entry": fixed | {name: plain(found) for name, found in texts.items()},
        "to_be_filled_in": gaps,
        "departures": DEPARTURES,
        "is_synthetic": run.receipt["is_synthetic"],
        "figures": [
            {"value": piece.value, "shown": piece.shown, "source": piece.source}
            for found in texts.values()
            for piece in found
            if isinstance(piece, Figure)
        ],
    }
    return checked(content)


def checked(content: dict[str, Any]) -> RegisterFile:
    """Hold an entry against the standard.

    Raises
    ------
    InputRefused
        For a field that is too long, unknown, of a value not permitted, or required and neither filled in nor listed.
    """
    from pydantic import ValidationError

    try:
        found = RegisterFile.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputRefused(
            f"the register entry is not what the standard asks for: {place}: {first['msg']}",
            expected=f"{STANDARD['name']} {STANDARD['version']}",
            remedy="shorten or correct the text in the jurisdiction file that it comes from",
        ) from error
    silent = [name for name in REQUIRED if not getattr(found.entry, name) and name not in found.to_be_filled_in]
    if silent:
        raise InputRefused(
            f"the register entry lacks {', '.join(silent)}",
            expected="every required field filled in, or listed in to_be_filled_in",
            remedy="add it",
        )
    return found


def _texts(evidence: Evidence) -> dict[str, Text]:
    counts = {
        name: evidence.json("receipt.json", "counts", name)
        for name in ("dwellings", "dwellings_flagged", "dwellings_not_valued", "sales", "sales_learned_from")
    }
    day = evidence.json("receipt.json", "valuation_date")
    return {
        "name": words("Valuing dwellings for property tax"),
        "description_short": text(
            "Proposes what each of {dwellings} dwellings would have sold for on {day}, with a range, from sales of "
            "recent years. People look at doubtful ones and decide.",
            dwellings=counts["dwellings"],
            day=day,
        ),
        "goal": _goal(day),
        "proportionality": _proportionality(evidence),
        "human_intervention": text(
            "Rules flag doubtful values for a caseworker to look at: {flagged} of {dwellings} dwellings in this run, "
            "and {not_valued} have no value at all and must be valued by a person. The value is a proposal; a named "
            "person or board decides. Who that is, and whether some of the others are drawn at random for a person to "
            "look at, is for the organisation to say.",
            flagged=counts["dwellings_flagged"],
            dwellings=counts["dwellings"],
            not_valued=counts["dwellings_not_valued"],
        ),
        "risks": words(
            "Values that are wrong for one dwelling: probable range, flags, complaint. Values that are unfair between "
            "groups: ratio study by area, type, age, size and price level, with intervals and beside what chance "
            "alone gives. A market that has moved on: the newest sales are the test, and the level is shown by month. "
            "Wrong facts in registers: rows are checked on reading, missing and implausible facts are flagged. A "
            "changed model: every file is hashed and checked before use. Reliance on the machine: doubtful values go "
            "to a person. None of these risks is gone; the model card says where this version fails."
        ),
        "impacttoetsen": words(
            "A draft of a data protection impact assessment is generated with each run (dpia.md). It states what the "
            "code knows; it is no completed assessment."
        ),
        "source_data": _source_data(evidence),
        "methods_and_models": _methods(evidence, counts),
    }


def _goal(day: Figure) -> Text:
    return text(
        "To give every dwelling that is taxed a value on the same footing: what it would have sold for in a free sale "
        "on {day}. Home owners meet it as the value their property tax is reckoned from, and can have wrong facts put "
        "right and complain.",
        day=day,
    )


def _proportionality(evidence: Evidence) -> Text:
    weighing = "The weighing itself is to be filled in by the organisation."
    if not evidence.run.has(STUDY):
        return words("This run holds no ratio study to compare it with the simpler kind of model. " + weighing)
    found = {model: figure(evidence, "all_sales", model, "mdape", 1) for model in ("boosted", "tree", "baseline")}
    return text(
        "What can be measured: on {n} new sales the median error was {boosted} %, against {baseline} % for a table "
        "of prices per square metre and {tree} % for a decision tree that a person can read. " + weighing,
        n=figure(evidence, "all_sales", "boosted", "mdape", 0, 1.0, "n_sales") or "not given",
        **{model: found[model] or "not given" for model in found},
    )


def _source_data(evidence: Evidence) -> Text:
    jurisdiction = evidence.run.jurisdiction
    tables = "; ".join(f"{item.file} ({item.published_by})" for item in jurisdiction.tables.values())
    facts = ", ".join(item.labels.en for item in jurisdiction.characteristics.values())
    whole = (
        f"Raw tables: {tables}. Facts about dwellings: {facts}. {about_people(evidence)} "
        f"{plain(sentence_of_left_out(evidence))}"
    )
    if len(whole) > LONG:
        whole = f"Raw tables: {tables}. Facts about dwellings: {facts}. {about_people(evidence)}"
    return words(whole[:LONG])


def _methods(evidence: Evidence, counts: dict[str, Figure]) -> Text:
    first = text(
        "Input: recorded facts, place and past sales nearby. {learned} sales held to be free were learned from, "
        "brought to one day by a time index. Three models value each dwelling: boosted trees (LightGBM, {features} "
        "features, some held to rise or fall one way only), which set the value; a decision tree of {leaves} groups; "
        "a table of prices per square metre. Output: a value, a range meant to hold the price in {promised} % of "
        "sales, flags, and what each fact adds in money. It does not learn while in use: a new version is a new run, "
        "tested anew. ",
        learned=counts["sales_learned_from"],
        features=evidence.json("train/summary.json", "n_features"),
        leaves=evidence.json("train/summary.json", "tree", "leaves"),
        promised=evidence.json("evaluation/metrics.json", "coverage", "promised", factor=100),
    )
    if not evidence.run.has(STUDY):
        return (*first, "This run holds no ratio study.")
    parts: list[str | Figure] = []
    for name, head, digits in (
        ("median_ratio", "median ratio", 3),
        ("cod", "COD", 1),
        ("mdape", "median error in %", 1),
    ):
        found = [
            figure(evidence, "all_sales", "boosted", name, digits, 1.0, end) for end in ("estimate", "lower", "upper")
        ]
        if None not in found:
            shown = text(f"{head} {{e}} ({{l}} to {{u}}); ", e=found[0] or "", l=found[1] or "", u=found[2] or "")
            parts += shown
    n = figure(evidence, "all_sales", "boosted", "cod", 0, 1.0, "n_sales") or "not given"
    return (*first, *text("On all {n} sales of the test period: ", n=n), *parts, "bootstrap intervals by dwelling.")
