"""Which facts about a dwelling does this jurisdiction record, and what may they be?

The data dictionary of a jurisdiction file: one `Characteristic` per recorded fact. It is the one source for validation,
features, monotone constraints, the grouping of contributions, request models and the words on pages and letters.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Kind = Literal["number", "integer", "ordinal", "category", "boolean"]
Direction = Literal["raises", "lowers", "either"]
Role = Literal[
    "living_area",  # m2, what a price per m² is a price of
    "plot_area",  # m2
    "built_year",
    "renovated_year",
    "dwelling_type",  # category; the types of the ratio study
    "market_area",  # category; the areas of the ratio study and of the time index
    "building",  # identity of the building: near-identical units share it
    "street",  # identity of the street
    "tenure",  # category
    "floor",  # storey within the building
]


NEEDED_ROLES = ("living_area", "dwelling_type", "market_area")
"""Roles that one characteristic of every jurisdiction plays."""


_WHOLE = re.compile(r"-?\d+")


class Words(BaseModel):
    """A text in the languages of the jurisdiction (ISO 639-1: nb, nn, en)."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    en: str
    nb: str | None = None
    nn: str | None = None

    def in_language(self, language: str) -> str:
        """Return the text in `language`, or in English where it has none."""
        return getattr(self, language, None) or self.en


class LocationAreas(BaseModel):
    """Make market areas from coordinates, where no column has them.

    The map is halved at the median of the sales before the holdout, along its longer side, on lines of a grid, as
    long as both halves keep `min_sales`. Prices play no part.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    min_sales: int = Field(200, ge=1)
    """Sales each area keeps."""
    grid_m: float = Field(500.0, gt=0)
    """Borders lie on multiples of this, in metres of `coordinates.crs`."""


class Derivation(BaseModel):
    """How the text of a raw column becomes a value. Steps apply in the order of the fields below."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    table: str | None = None
    """Raw table the column is in; by default the table of the rows being made (joined tables included)."""
    column: str | None = None
    """Raw column."""
    columns: tuple[str, ...] = ()
    """Several raw columns, joined by `separator`: for identities made of parts."""
    separator: str = "-"
    pad: tuple[int, ...] = ()
    """Widths to which the parts of `columns` are padded with zeros on the left."""
    constant: str | None = None
    """The same value for every row, where no column has it."""
    areas: LocationAreas | None = None
    """Made from the coordinates instead of a column."""
    missing: tuple[str, ...] = ("",)
    """Texts that mean 'not known'. Nothing else does: a street may be called None."""
    pattern: str | None = None
    """Regular expression for the whole text; its groups are what is read. Several groups of numbers are averaged."""
    zero_means: Literal["zero", "missing"] = "zero"
    map: dict[str, str | float | bool] | None = None
    """Raw text to value; a text not listed is refused as an unknown level unless `map_others` is set."""
    map_others: str | None = None
    unit: str | None = None
    """Unit in the raw file where it is not the characteristic's: ft2, ft, acre, sqm ..."""
    date_format: str | None = None
    """strptime format of a date column; ISO 8601 when not given."""

    @model_validator(mode="after")
    def _names_one_origin(self) -> Derivation:
        given = [self.column is not None, bool(self.columns), self.constant is not None, self.areas is not None]
        if sum(given) != 1:
            raise ValueError("give exactly one of column, columns, constant, areas")
        return self


class Characteristic(BaseModel):
    """A recorded fact about a dwelling."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    kind: Kind
    origin: Derivation = Field(alias="from")
    labels: Words
    group: str
    """Explanation group its contribution is summed in, one of `explanation_groups` of the jurisdiction."""
    unit: str | None = None
    """m2, m, year, count ... None for kinds without."""
    plausible: tuple[float, float] | None = None
    """Range outside which a value is flagged, bounds included."""
    possible: tuple[float, float] | None = None
    """Range outside which a row is refused, bounds included."""
    levels: tuple[str, ...] = ()
    """All levels of a category, in order; empty: those seen in training."""
    level_labels: dict[str, Words] = Field(default_factory=dict)
    """What people read for a level whose text in the register is a code or of one language: of a category in its
    place, of an ordinal or an integer beside the number. Nothing is computed from it."""
    direction: Direction = "either"
    """What more of it does to the value, where the dictionary is willing to promise it."""
    role: Role | None = None
    required: bool = False
    """A dwelling without it cannot be valued."""
    is_feature: bool = True
    """Whether the models may use it; False: identity, strata or text for people only."""
    source: str
    """Register or publication it comes from, with what an analyst should know of it."""
    source_labels: dict[Literal["nb", "nn", "en"], str] = Field(default_factory=dict)
    """What caseworkers and home owners read for the source, by language; `source` where one is not given."""
    kept_in: str | None = None
    """Which of `registers` of the jurisdiction a home owner finds it in: letters name it, with the day it was read."""
    known_since: date | None = None
    """First date on which it is recorded as defined here; None: always. It counts as missing for every sale agreed
    before, whatever the register says of the dwelling today."""
    description: Words | None = None

    @model_validator(mode="after")
    def _is_consistent(self) -> Characteristic:
        if self.kind in ("category", "boolean") and self.direction != "either":
            raise ValueError("direction: belongs to a number, an integer or an ordinal")
        if self.levels and self.kind != "category":
            raise ValueError("levels: belong to a category")
        self._check_level_labels()
        for name in ("plausible", "possible"):
            bounds = getattr(self, name)
            if bounds is not None and bounds[0] > bounds[1]:
                raise ValueError(f"{name}: the lower bound {bounds[0]} lies above the upper bound {bounds[1]}")
        if self.known_since is not None and (self.required or self.role in NEEDED_ROLES):
            raise ValueError("known_since: every sale needs this characteristic, and those before would be without it")
        return self

    def _check_level_labels(self) -> None:
        if self.level_labels and self.kind not in ("category", "ordinal", "integer"):
            raise ValueError("level_labels: belong to a category, an ordinal or an integer")
        if self.kind == "category":
            unknown = [level for level in self.level_labels if self.levels and level not in self.levels]
            expected = ", ".join(self.levels)
        else:
            unknown = [level for level in self.level_labels if not _WHOLE.fullmatch(level)]
            expected = 'whole numbers in quotes, such as "3"'
        if unknown:
            raise ValueError(f"level_labels: {unknown[0]!r} is no level; expected {expected}")

    def level_in(self, level: str, language: str) -> str | None:
        """Return what a level is called in `language`, or None where the file does not say."""
        words = self.level_labels.get(level)
        return None if words is None else words.in_language(language)

    def source_in(self, language: str) -> str:
        """Return where it comes from, in `language` where the file says so."""
        return next((text for name, text in self.source_labels.items() if name == language), self.source)

    @property
    def is_categorical(self) -> bool:
        """Whether the column holds levels (text) rather than numbers."""
        return self.kind == "category"


class DataDictionary(dict[str, Characteristic]):
    """The characteristics of a jurisdiction by name, in the order of the file."""

    def with_role(self, role: str) -> str | None:
        """Return the name of the characteristic that plays `role`, or None."""
        return next((name for name, item in self.items() if item.role == role), None)

    def features(self) -> list[str]:
        """Return the names of the characteristics the models may use."""
        return [name for name, item in self.items() if item.is_feature]

    def categories(self) -> list[str]:
        """Return the names of the characteristics whose columns hold levels."""
        return [name for name, item in self.items() if item.is_categorical]

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Validate as a mapping of characteristics, then keep this class."""
        from pydantic_core import core_schema

        inner = handler.generate_schema(dict[str, Characteristic])
        return core_schema.no_info_after_validator_function(cls, inner)
