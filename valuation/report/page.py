"""How does the report come together? Each part from the files it needs; one whose files are missing says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from valuation.languages.files import file_in, languages_of, other_pages
from valuation.languages.language import day
from valuation.languages.spoken import NO_BREAK, recorded, say, speaking, spoken
from valuation.report import (
    changes,
    coverage,
    equity,
    flags,
    goals,
    groups,
    level,
    misses,
    provenance,
    ratio_map,
    roll,
    time_index,
    tree,
)
from valuation.report.blocks import Section, Text, templates
from valuation.report.cells import Figure
from valuation.report.council import Fact, facts
from valuation.report.council_words import goal, limits, said
from valuation.report.material import Material
from valuation.report.run_folder import NotGiven

if TYPE_CHECKING:
    from jinja2 import Environment

SECTIONS: dict[str, tuple[str, Callable[[Material], Section | None]]] = {
    "outcome": ("Level and spread", level.section),
    "goals": ("Goals, and whether they were reached", goals.section),
    "prior": ("Against the value that stood before", goals.against_prior),
    "months": ("The level, month by month", level.by_month),
    "equity": ("Are dwellings valued alike?", equity.section),
    "groups": ("By group", groups.section),
    "hard": ("Hard groups", groups.hard_groups),
    "map": ("Map of median ratios", ratio_map.section),
    "range": ("How sure: does the probable range hold?", coverage.section),
    "flags": ("Flags: their price and their yield", flags.section),
    "worst": ("The worst misses", misses.section),
    "not-valued": ("What could not be valued", misses.not_valued),
    "roll": ("The roll", roll.section),
    "why": ("What the values consist of", roll.contributions),
    "tree": ("The decision tree, whole", tree.section),
    "time": ("Time index", time_index.section),
    "screening": ("Sales that were screened out", roll.screening),
    "changes": ("What changed since the last version", changes.section),
    "made-of": ("What this was made of", provenance.section),
}
"""Every part of the detail in its order: its id, its title when it cannot be made, and what makes it."""


def pages(material: Material) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the report in every language of the jurisdiction.

    Parameters
    ----------
    material : Material

    Returns
    -------
    dict of str to str
        File name to HTML: `index.html` in the first language, `index.nn.html` and so on in the others.
    dict
        What the page for the council says, for machines: see `summary`.
    """
    told = facts(material)
    languages = languages_of(material.jurisdiction.languages)
    written = {}
    for language in languages:
        with speaking(language):
            written[file_in(language, languages)] = _page(material, told, languages)
    return written, summary(material, told)


def page(material: Material, language: str = "en") -> str:
    """Return the report in one language, as HTML."""
    with speaking(language):
        return _page(material, facts(material), [language])


def _page(material: Material, told: dict[str, Fact], languages: Sequence[str]) -> str:
    language = spoken()
    council = (
        _environment()
        .get_template(f"council_{language}.html")
        .render(
            facts=told,
            language=language,
            is_synthetic=material.jurisdiction.is_synthetic,
            f=partial(said, language=language),
            day=partial(day, language=language),
            goal=partial(goal, language=language),
            limits=limits,
            repeat=_repeat,
        )
    )
    html: str = (
        _environment()
        .get_template("report.html")
        .render(
            title=material.jurisdiction.title.in_language(language),
            is_synthetic=material.jurisdiction.is_synthetic,
            intro=_intro(material),
            language=language,
            others=other_pages(language, languages),
            # Rendered just above, with escaping on.
            council=Markup(_unbroken(council)),  # noqa: S704
            sections=list(sections(material)),
        )
    )
    return html


@cache
def _environment() -> Environment:
    # Compiled once a process: templates cost more than all else on a small run.
    return templates()


def sections(material: Material) -> Iterator[Section]:
    """Yield every part of the detail."""
    for name, (english, make) in SECTIONS.items():
        try:
            found = make(material)
        except NotGiven as error:
            text = Text(not_given(error), "note")
            found = Section(name, say(english), say(english), [text])
        if found is not None:
            yield found


def not_given(error: NotGiven) -> str:
    """Return what is missing of a run, and what to do about it."""
    return say(
        "Not given: {found}. What to do: {remedy}.", found=recorded(error.found), remedy=recorded(str(error.remedy))
    )


def _unbroken(text: str) -> str:
    """Keep a figure on one line with its unit and with what it counts."""
    return text.replace("</data> %", f"</data>{NO_BREAK}%").replace("n = <data", f"n{NO_BREAK}={NO_BREAK}<data")


def _repeat(figure: Figure) -> range:
    return range(int(figure.value or 0))


def _intro(material: Material) -> str:
    try:
        values = material.folder.table("values.parquet", ("model_version",))
        version = (
            say("model version {version}", version=values["model_version"].iloc[0])
            if len(values)
            else say("no model: the roll is empty")
        )
    except NotGiven as error:
        version = say("a model version that is not known ({found})", found=recorded(error.found))
    day_ = material.jurisdiction.valuation_date.isoformat()
    return say(
        "Values as of {day}, in {currency}, by {version}. Three models stand side by side: the boosted model that "
        "sets the value, the decision tree that a person can read, and the baseline, a price per square metre by "
        "area, type and age. Where the roll has a prior value, it stands beside them.",
        day=day_,
        currency=material.jurisdiction.currency,
        version=version,
    )


def summary(material: Material, told: dict[str, Fact]) -> dict[str, Any]:
    """Return the facts of the council page for machines: figures with all their digits, or what is missing."""
    return {
        "jurisdiction": material.jurisdiction.name,
        "is_synthetic": material.jurisdiction.is_synthetic,
        "valuation_date": material.jurisdiction.valuation_date.isoformat(),
        "holdout_from": material.jurisdiction.holdout_from.isoformat(),
        "facts": {
            name: {"says": fact.says, "missing": fact.missing, "figures": _plain(fact.figures)}
            for name, fact in told.items()
        },
    }


def _plain(found: Any) -> Any:
    if isinstance(found, Figure):
        return {"value": float(found.value or 0) if found.is_given else None, **found.marks}
    if isinstance(found, dict):
        return {name: _plain(item) for name, item in found.items()}
    if isinstance(found, list):
        return [_plain(item) for item in found]
    return found.isoformat() if hasattr(found, "isoformat") else found
