"""How is it explained to a home owner what their home was valued at, and what they can do about it?

One page per language of the jurisdiction, made from the run and the rules of law in the jurisdiction file. What only
the municipality knows, such as where to write, is marked and must be filled in before the page is published.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from valuation.disclosure.card_figures import STUDY, figure
from valuation.disclosure.evidence import Evidence, Figure, Text, plain, text
from valuation.disclosure.finished_run import FinishedRun
from valuation.disclosure.home_owner_words import WORDS
from valuation.disclosure.page import Block, Bullets, Gap, Page, Paragraph, Section
from valuation.flags.catalogue import RULES
from valuation.languages.language import LANGUAGES, day
from valuation.languages.units import currency_word
from valuation.report.cells import shown


def home_owner_pages(run: FinishedRun) -> dict[str, Page]:
    """Return the page in each language of the jurisdiction.

    Parameters
    ----------
    run : FinishedRun
    """
    evidence = Evidence(run)
    return {
        language: _Writer(evidence, language).page() for language in LANGUAGES if language in run.jurisdiction.languages
    }


class _Writer:
    """Writes the page in one language."""

    def __init__(self, evidence: Evidence, language: str) -> None:
        self.evidence = evidence
        self.language = language
        self.law = evidence.run.jurisdiction.law

    def page(self) -> Page:
        day = self._day("receipt.json", "valuation_date")
        dwellings = self._count("dwellings")
        title = self.evidence.run.jurisdiction.title.in_language(self.language)
        place = Figure(title, title, f"bundle/jurisdiction.json#/title/{self.language}")
        return Page(
            title=self._plain("title"),
            language=self.language,
            warning=self._plain("synthetic") if self.evidence.run.receipt["is_synthetic"] else "",
            lead=self.say("lead", place=place, n_dwellings=dwellings, day=day),
            sections=(
                self._section("what", Paragraph(self.say("what", day=day))),
                self._section("based", *self._based()),
                self._section("how", Paragraph(self.say("how"))),
                self._section("sure", *self._sure()),
                self._section("person", *self._person()),
                self._section("fact", Paragraph(self.say("fact")), Gap(self.say("fact_contact"))),
                self._section("complain", *self._complain()),
                self._section("tax", *self._tax()),
            ),
            footer=plain(self.say("footer", run=self.evidence.json("receipt.json", "run_id"))),
        )

    def say(self, name: str, **pieces: Figure | str | Text) -> Text:
        """Return a text with its figures."""
        return text(WORDS[name][self.language], **pieces)

    def _plain(self, name: str) -> str:
        return WORDS[name][self.language]

    def _section(self, name: str, *blocks: Block) -> Section:
        return Section(name, self._plain(f"{name}_title"), blocks)

    # -- figures as this language writes them

    def _written(self, found: Figure, digits: int = 0, factor: float = 1.0) -> Figure:
        return replace(found, shown=shown(float(found.value), digits, factor, self.language))

    def _count(self, name: str) -> Figure:
        return self._written(self.evidence.json("receipt.json", "counts", name))

    def _day(self, name: str, *path: str) -> Figure:
        found = self.evidence.json(name, *path)
        return replace(found, shown=day(date.fromisoformat(str(found.value)), self.language))

    def _law(self, name: str) -> Figure:
        """Return a number of the law; the jurisdiction file keeps them as exact decimals, in text."""
        found = self.evidence.json("bundle/jurisdiction.json", "law", name)
        number = str(found.value)
        digits = len(number.partition(".")[2])
        return replace(found, shown=shown(float(number), digits, 1.0, self.language))

    def _label(self, name: str) -> Figure:
        labels = self.evidence.run.jurisdiction.characteristics[name].labels
        language = self.language if getattr(labels, self.language) else "en"
        return self.evidence.json("bundle/jurisdiction.json", "characteristics", name, "labels", language)

    # -- sections

    def _based(self) -> tuple[Block, ...]:
        sales = self.say(
            "based_sales",
            n_sales=self._count("sales"),
            n_learned=self._count("sales_learned_from"),
            holdout=self._day("receipt.json", "holdout_from"),
        )
        place = self.evidence.run.jurisdiction
        groups = []
        for name, group in place.explanation_groups.items():
            facts = [
                self._label(fact)
                for fact, item in place.characteristics.items()
                if item.group == name and item.is_feature
            ]
            if facts:
                # Joined by commas: the labels are figures of the file, with their own digits.
                joined = tuple(piece for label in facts for piece in (", ", label))[1:]
                groups.append(self.say("group", group=group.in_language(self.language), facts=joined))
        return (
            Paragraph(sales),
            Paragraph(self.say("based_facts")),
            Bullets(tuple(groups)),
            Paragraph(self.say("not_used")),
        )

    def _sure(self) -> tuple[Block, ...]:
        promised = self.evidence.json("evaluation/metrics.json", "coverage", "promised")
        blocks: list[Block] = [Paragraph(self.say("sure_range", promised=self._written(promised, 0, 100)))]
        told = [
            self._test("sure_test", "valid_sales", "n_valid", {"grouping": "screening", "group": "valid"}),
            self._test("sure_all", "all_sales", "n_all", {"grouping": "overall", "group": "all"}),
        ]
        # Where screening doubts no sale, the two are one.
        if told[0] is not None and plain(told[0]) and self._is_screened():
            blocks += [Paragraph(words) for words in told if words is not None]
        elif told[0] is not None:
            blocks.append(Paragraph(told[0]))
        else:
            blocks.append(Gap(self.say("sure_gap")))
        return tuple(blocks)

    def _is_screened(self) -> bool:
        return bool(self.evidence.run.json("evaluation/metrics.json")["holdout"]["n_screened_out"])

    def _test(self, name: str, sample: str, n_name: str, group: dict[str, str]) -> Text | None:
        if not self.evidence.run.has(STUDY):
            return None
        error = figure(self.evidence, sample, "boosted", "mdape", 1)
        n = figure(self.evidence, sample, "boosted", "mdape", 0, 1.0, "n_sales")
        held = self.evidence.cell("evaluation/coverage.csv", "coverage", group)
        if error is None or n is None or held is None:
            return None
        pieces = {n_name: self._written(n), "error": self._written(error, 1), "held": self._written(held, 0, 100)}
        return self.say(name, **pieces)

    def _person(self) -> tuple[Block, ...]:
        reasons = []
        for rule in RULES:
            found = self.evidence.count_of_code("values.parquet", "flags", rule.code)
            if found.value and rule.severity != "note":
                title = (
                    self._plain("cannot_be_valued")
                    if rule.severity == "stop"
                    else rule.title.in_language(self.language)
                )
                line = "reason_of_one" if found.value == 1 else "reason"
                reasons.append(self.say(line, reason=title, n=self._written(found)))
        first = self.say("person", n_flagged=self._count("dwellings_flagged"), n_dwellings=self._count("dwellings"))
        return Paragraph(first), Bullets(tuple(reasons)), Paragraph(self.say("person_not"))

    def _complain(self) -> tuple[Block, ...]:
        if self.law.complaint_weeks is None:
            return (Gap(self.say("complain_gap")),)
        weeks = self.evidence.json("bundle/jurisdiction.json", "law", "complaint_weeks")
        blocks: list[Block] = [Paragraph(self.say("complain_weeks", weeks=self._written(weeks)))]
        if self.law.complaint is not None:
            said = self.law.complaint.in_language(self.language)
            blocks.append(Paragraph((Figure(said, said, f"bundle/jurisdiction.json#/law/complaint/{self.language}"),)))
        blocks.append(Gap(self.say("complain_start")))
        return tuple(blocks)

    def _tax(self) -> tuple[Block, ...]:
        if not self.law.rate_permille:
            return (Gap(self.say("tax_gap")),)
        money = currency_word(self.evidence.run.jurisdiction.currency, self.language)
        deduction = self._law("deduction")
        told = self.say(
            "tax",
            factor=self._law("reduction"),
            deduction=replace(deduction, shown=f"{deduction.shown} {money}"),
            rate=self._law("rate_permille"),
        )
        return (Paragraph(told),)
