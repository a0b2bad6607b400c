"""Which facts of this jurisdiction's register cannot be true together?"""

from __future__ import annotations

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
