"""What must somebody know who uses, judges or answers for this model version? The model card, made from the run.

Purpose, data and their gaps, what was left out and why, the models, figures with their intervals, limits, oversight,
origin. Every number is taken from a file of the run (`evidence.py`); what the run does not hold is stated as a gap.

References
----------
Mitchell and others, "Model Cards for Model Reporting", Conference on Fairness, Accountability, and Transparency (2019),
for the order of questions.
"""

from __future__ import annotations

from valuation.disclosure import card_data, card_figures, card_limits, card_oversight
from valuation.disclosure.evidence import Evidence, Text, text
from valuation.disclosure.finished_run import FinishedRun
from valuation.disclosure.page import Bullets, Page, Paragraph, Section, Table, row, words

SYNTHETIC = (
    "Synthetic data: no real dwelling, no real sale, no real owner. The figures show how the program works, not how "
    "any market does."
)


def model_card(run: FinishedRun) -> Page:
    """Return the model card of the model version a run made.

    Parameters
    ----------
    run : FinishedRun
    """
    evidence = Evidence(run)
    return Page(
        title=f"Model card: {run.jurisdiction.title.en}",
        language="en",
        warning=SYNTHETIC if run.receipt["is_synthetic"] else "",
        lead=_lead(evidence),
        sections=(
            _in_short(evidence),
            _purpose(evidence),
            *card_data.sections(evidence),
            _models(evidence),
            *card_figures.sections(evidence),
            card_limits.section(evidence),
            card_oversight.section(evidence),
            _origin(evidence),
        ),
        footer="Made by the program from the files of the run; each figure carries the place it was taken from.",
    )


def _lead(evidence: Evidence) -> Text:
    return text(
        "Model version {version}, made by run {run}: values of {valued} of {dwellings} dwellings as of {day}, in "
        "{currency}, learned from {sales} sales.",
        version=evidence.json("receipt.json", "model_version"),
        run=evidence.json("receipt.json", "run_id"),
        valued=evidence.json("receipt.json", "counts", "dwellings_valued"),
        dwellings=evidence.json("receipt.json", "counts", "dwellings"),
        day=evidence.json("receipt.json", "valuation_date"),
        currency=evidence.json("receipt.json", "currency"),
        sales=evidence.json("receipt.json", "counts", "sales_learned_from"),
    )


def _in_short(evidence: Evidence) -> Section:
    held = evidence.cell("evaluation/coverage.csv", "coverage", {"grouping": "overall", "group": "all"}, 1, 100.0)
    told = [
        text(
            "The probable range held {held} % of the prices; {promised} % is what it is made for.",
            held=held or "not given",
            promised=evidence.json("evaluation/metrics.json", "coverage", "promised", factor=100),
        ),
        text(
            "{flagged} of {dwellings} dwellings are flagged for a person to look at, {not_valued} have no value.",
            flagged=evidence.json("receipt.json", "counts", "dwellings_flagged"),
            dwellings=evidence.json("receipt.json", "counts", "dwellings"),
            not_valued=evidence.json("receipt.json", "counts", "dwellings_not_valued"),
        ),
    ]
    if evidence.run.has(card_figures.STUDY):
        told.insert(0, _half_of_the_values(evidence))
    goals = evidence.run.json("evaluation/metrics.json")["goals"]
    missed = list(dict.fromkeys(goal["name"] for goal in goals if not goal["is_reached"]))
    verdict = (
        f"Goals missed: {'; '.join(missed).replace('_', ' ')}." if missed else "Every goal set beforehand was reached."
    )
    return Section("in-short", "In short", (Bullets((*told, words(verdict))),))


def _half_of_the_values(evidence: Evidence) -> Text:
    def error(sample: str, model: str) -> Text:
        return card_figures.with_interval(evidence, sample, model, "mdape", 1, 1.0)

    return text(
        "Half of the values lie within {all} % of the price of a new sale, all {n} sales counted, and within {valid} "
        "% on those held to be free sales; the simple kind of model, the baseline, within {baseline} %.",
        all=error("all_sales", "boosted"),
        n=card_figures.figure(evidence, "all_sales", "boosted", "mdape", 0, 1.0, "n_sales") or "not given",
        valid=error("valid_sales", "boosted"),
        baseline=error("all_sales", "baseline"),
    )


def _purpose(evidence: Evidence) -> Section:
    day = evidence.json("receipt.json", "valuation_date")
    not_for = (
        words("Not for setting a tax without a person: it prepares a decision, a named person or board takes it."),
        words("Not for lending, insurance, sale or purchase: it has not been tested for any of them."),
        text("Not for another day than {day} without a new time index, and not for another place.", day=day),
        words("Not for buildings that are no dwellings, nor for kinds of dwelling that were not among the sales."),
    )
    return Section(
        "purpose",
        "What it is for",
        (
            Paragraph(
                text(
                    "To propose, for every dwelling of the roll, what it would have sold for in a free sale on {day}, "
                    "a range the price would probably lie in, and whether a person must look before anything is "
                    "decided.",
                    day=day,
                )
            ),
            Bullets(not_for),
        ),
    )


def _models(evidence: Evidence) -> Section:
    boosters = evidence.run.json("train/summary.json")["boosters"]
    table = Table(
        words("The members whose weighted answers make the value"),
        ("Member", "Trees", "Weight"),
        tuple(
            row(
                f"Booster {'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[place % 26]}",
                evidence.json("train/summary.json", "boosters", str(place), "trees"),
                evidence.json("train/summary.json", "boosters", str(place), "weight", digits=2),
            )
            for place in range(len(boosters))
        ),
    )
    told = (
        text(
            "The boosted model sets the value: LightGBM trees on the logarithm of the price, brought to one day by a "
            "time index, from {n} features. Where the data dictionary says that more of a characteristic never lowers "
            "a value, the trees are held to it.",
            n=evidence.json("train/summary.json", "n_features"),
        ),
        text(
            "The decision tree is small enough to be read to the last rule: {leaves} groups.",
            leaves=evidence.json("train/summary.json", "tree", "leaves"),
        ),
        words(
            "The baseline is the kind of model being replaced: a price per square metre by area, type and age of the "
            "building, estimated from the same sales."
        ),
    )
    first = words(
        "Three models value every dwelling, always together; where the two simple ones are far from the first, the "
        "dwelling is flagged."
    )
    return Section("models", "The three models", (Paragraph(first), Bullets(told), table))


def _origin(evidence: Evidence) -> Section:
    made_of = evidence.run.receipt["made_of"]
    rows = [
        row("Run", evidence.json("receipt.json", "run_id")),
        row("Model version", evidence.json("receipt.json", "model_version")),
        row("Manifest, SHA-256", evidence.json("receipt.json", "manifest_sha256")),
        row("Code, SHA-256", evidence.json("receipt.json", "made_of", "code_sha256")),
        row("Settings, SHA-256", evidence.json("receipt.json", "made_of", "params_sha256")),
        row(
            "Locked libraries, SHA-256",
            evidence.json("receipt.json", "made_of", "lock_sha256") if made_of.get("lock_sha256") else None,
            empty="not known: run outside the repository",
        ),
    ]
    rows += [
        row(f"Library {name}", evidence.json("receipt.json", "made_of", "libraries", name))
        for name in sorted(made_of.get("libraries", {}))
    ]
    rows += [
        row(f"Made by the run: {name}", evidence.json("receipt.json", "outputs_sha256", name))
        for name in sorted(evidence.run.receipt["outputs_sha256"])
    ]
    table = Table(words("What the version was made of, and what it made"), ("What", "Which"), tuple(rows), (1,))
    why = words(
        "With these a value can be rebuilt: the same raw files, code, settings and libraries give the same bytes."
    )
    return Section("origin", "Where it comes from", (Paragraph(why), table))
