"""How does the report come together? Each part from the files it needs; one whose files are missing says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

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
from valuation.report.cells import NO_BREAK, Figure
from valuation.report.council import Fact, facts
from valuation.report.council_words import LANGUAGES, NAME, day, goal, limits, said
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


def page(material: Material) -> tuple[str, dict[str, Any]]:
    """Return the report.

    Parameters
    ----------
    material : Material

    Returns
    -------
    str
        HTML.
    dict
        What the page for the council says, for machines: see `summary`.
    """
    told = facts(material)
    environment = _environment()
    languages = council_languages(material)
    councils = []
    for language in languages:
        text = environment.get_template(f"council_{language}.html").render(
            facts=told,
            language=language,
            is_synthetic=material.jurisdiction.is_synthetic,
            f=partial(said, language=language),
            day=partial(day, language=language),
            goal=partial(goal, language=language),
            limits=partial(limits, language=language),
            repeat=_repeat,
        )
        # Rendered just above, with escaping on.
        councils.append((language, Markup(_unbroken(text))))  # noqa: S704
    html = environment.get_template("report.html").render(
        title=material.jurisdiction.title.en,
        is_synthetic=material.jurisdiction.is_synthetic,
        intro=_intro(material),
        councils=councils,
        language_names=NAME,
        sections=list(sections(material)),
    )
    return html, summary(material, told)


@cache
def _environment() -> Environment:
    # Compiled once a process: templates cost more than all else on a small run.
    return templates()


def council_languages(material: Material) -> list[str]:
    """Return the languages of the council page: those of the jurisdiction, its first one first, and always English."""
    known = [language for language in material.jurisdiction.languages if language in LANGUAGES]
    return [*known, *(["en"] if "en" not in known else [])]


def sections(material: Material) -> Iterator[Section]:
    """Yield every part of the detail."""
    for name, (title, make) in SECTIONS.items():
        try:
            found = make(material)
        except NotGiven as error:
            text = Text(f"Not given: {error.found}. What to do: {error.remedy}.", "note")
            found = Section(name, title, title, [text])
        if found is not None:
            yield found


def _unbroken(text: str) -> str:
    """Keep a figure on one line with its unit and with what it counts."""
    return text.replace("</data> %", f"</data>{NO_BREAK}%").replace("n = <data", f"n{NO_BREAK}={NO_BREAK}<data")


def _repeat(figure: Figure) -> range:
    return range(int(figure.value or 0))


def _intro(material: Material) -> str:
    try:
        values = material.folder.table("values.parquet", ("model_version",))
        version = f"model version {values['model_version'].iloc[0]}" if len(values) else "no model: the roll is empty"
    except NotGiven as error:
        version = f"a model version that is not known ({error.found})"
    day_ = material.jurisdiction.valuation_date.isoformat()
    return (
        f"Values as of {day_}, in {material.jurisdiction.currency}, by {version}. Three models stand side by side: the "
        "boosted model that sets the value, the decision tree that a person can read, and the baseline, a price per "
        "square metre by area, type and age. Where the roll has a prior value, it stands beside them."
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
