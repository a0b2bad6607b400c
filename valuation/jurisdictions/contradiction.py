"""Which facts of this jurisdiction's register cannot be true together?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Contradiction(BaseModel):
    """A rule between two facts; a dwelling that breaks it is flagged, not refused. Unknown facts break none."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    fact: str
    """The characteristic that is judged, a number."""
    per: str | None = None
    """Characteristic by which the fact is divided first: area per room."""
    at_most: str | None = None
    """Characteristic that the fact may reach, after `times` and `plus`."""
    at_least: str | None = None
    """Characteristic that the fact must reach, after `times` and `plus`."""
    times: float = Field(1.0, gt=0)
    """What the other characteristic is multiplied by."""
    plus: float = 0.0
    """What is added to it then."""
    between: tuple[float, float] | None = None
    """Amounts the fact must lie between, bounds included."""
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Only for dwellings whose category is one of these levels."""

    @model_validator(mode="after")
    def _says_one_thing(self) -> Contradiction:
        given = [item for item in (self.at_most, self.at_least, self.between) if item is not None]
        if len(given) != 1:
            raise ValueError("give exactly one of at_most, at_least, between")
        if self.between is not None and self.between[0] > self.between[1]:
            raise ValueError(f"between: the lower bound {self.between[0]} lies above the upper bound {self.between[1]}")
        if self.between is not None and self.per is None and not self.where:
            raise ValueError("between: the range of a fact by itself is its `plausible`; add `per` or `where`")
        return self

    def names(self) -> tuple[str, ...]:
        """Return the characteristics it is about, the judged one first."""
        others = (self.per, self.at_most, self.at_least, *self.where)
        return (self.fact, *dict.fromkeys(name for name in others if name is not None))

    def in_words(self) -> str:
        """Return the rule in a line of the reference.

        Examples
        --------
        >>> Contradiction(fact="living_area_m2", per="rooms", between=(7, 100)).in_words()
        '`living_area_m2` per `rooms` between 7 and 100'
        >>> Contradiction(fact="bathrooms", at_most="bedrooms", plus=2).in_words()
        '`bathrooms` at most `bedrooms` + 2'
        """
        judged = f"`{self.fact}`" + (f" per `{self.per}`" if self.per else "")
        if self.between is not None:
            bound = f"between {self.between[0]:g} and {self.between[1]:g}"
        else:
            other = f"`{self.at_most or self.at_least}`"
            other = f"{self.times:g} × {other}" if self.times != 1 else other
            sign = "+" if self.plus > 0 else "−"
            bound = f"at {'most' if self.at_most else 'least'} {other}"
            bound += f" {sign} {abs(self.plus):g}" if self.plus else ""
        only = [f"`{name}` is {' or '.join(levels)}" for name, levels in self.where.items()]
        return f"{judged} {bound}" + (f" where {' and '.join(only)}" if only else "")


def mistaken_rules(content: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str, str, str]]:
    """Yield the rules that name what is not there: where, what was found, what was expected, what to do.

    Parameters
    ----------
    content : dict
        A jurisdiction file as YAML gives it; keys may be missing or of a wrong type, which others report.
    """
    items = content.get("characteristics")
    rules = content.get("contradictions")
    if not isinstance(items, dict) or not isinstance(rules, list):
        return
    for i, rule in enumerate(rules):
        if not isinstance(rule, dict):
            continue
        where = rule.get("where") if isinstance(rule.get("where"), dict) else {}
        facts = [(key, rule[key]) for key in ("fact", "per", "at_most", "at_least") if isinstance(rule.get(key), str)]
        named = [((key,), name, False) for key, name in facts] + [(("where", name), name, True) for name in where or {}]
        for key, name, is_category in named:
            yield from _mistaken_name(("contradictions", i, *key), name, items, is_category=is_category)
        for name, levels in (where or {}).items():
            yield from _unknown_levels(("contradictions", i, "where", name), levels, items.get(name))


def _mistaken_name(
    place: tuple[str | int, ...], name: str, items: dict[str, Any], *, is_category: bool
) -> Iterator[tuple[tuple[str | int, ...], str, str, str]]:
    if name not in items:
        yield place, f"no characteristic is called {name!r}", f"one of {', '.join(map(str, items))}", ""
        return
    kind = items[name].get("kind") if isinstance(items[name], dict) else None
    if (kind == "category") != is_category:
        yield place, f"{name!r} is of kind {kind!r}", "a category" if is_category else "a number", ""


def _unknown_levels(
    place: tuple[str | int, ...], levels: Any, item: Any
) -> Iterator[tuple[tuple[str | int, ...], str, str, str]]:
    known = item.get("levels") if isinstance(item, dict) else None
    if isinstance(known, list) and isinstance(levels, list):
        for level in levels:
            if level not in known:
                yield place, f"level {level!r}", f"one of {', '.join(map(str, known))}", ""
