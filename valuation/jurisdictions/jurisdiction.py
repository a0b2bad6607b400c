"""What differs from place to place? Everything a jurisdiction file says, as checked objects.

The file is the only place where a country, a currency, a column name or a rule of law is written. `reading.py` loads it
and turns what is wrong into a line and a remedy; this module says what is right.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from valuation.dwellings.characteristics import NEEDED_ROLES, DataDictionary, Derivation, Words
from valuation.jurisdictions.contradiction import Contradiction

_STRICT = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Download(BaseModel):
    """Where a raw file can be fetched, and what it must hash to."""

    model_config = _STRICT

    url: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    """Of the raw file, after unpacking: a file with another hash is refused."""
    member: str | None = None
    """Path inside the zip archive, where the download is one."""
    link_at: str | None = None
    """Where in a JSON answer the address of the file stands, such as `data.url`."""
    verified: bool = False
    """Whether the bytes behind the address have been seen to have this hash."""


class RawTable(BaseModel):
    """A raw text file: one row a line, columns named in the first line."""

    model_config = _STRICT

    file: str
    """File name inside the raw folder. `.csv` and `.csv.gz` are text; `.parquet` is read as such."""
    delimiter: str = ","
    decimal: str = "."
    thousands: str = ""
    """Sign between groups of three digits; "space" stands for blank, no-break and narrow no-break space."""
    encoding: str = "utf-8"
    """utf-8 (with or without BOM), cp1252, latin-1 ..."""
    ends_with_newline: bool = True
    """False for programs that do not end the last line; a cut file cannot be told from a whole one then."""
    download: Download | None = None
    how_to_get: str = ""
    """For people: where the table comes from, where no address gives the file itself."""
    licence: str
    published_by: str


class Join(BaseModel):
    """Bring the columns of another raw table to each row."""

    model_config = _STRICT

    table: str
    on: dict[str, str]
    """Column on the left (after earlier joins) to column in `table`. Columns on the left may be put together:
    `{block} {street_name}`."""
    required: bool = False
    """A row without a partner is quarantined; otherwise its columns are missing."""


class SalesMapping(BaseModel):
    """Which raw rows are sales and where their facts lie. Facts that no column has are left out."""

    model_config = _STRICT

    table: str
    joins: tuple[Join, ...] = ()
    dwelling_id: Derivation
    sale_date: Derivation
    sale_price: Derivation
    sale_id: Derivation | None = None
    """By default made of dwelling, date, price and occurrence."""
    joint_debt: Derivation | None = None
    """Share of the housing company's debt that the buyer takes over; added to the price."""
    relation: Derivation | None = None
    """Category: how buyer and seller are related; `screening.related` lists the levels that are not free sales."""
    is_forced: Derivation | None = None
    owned_share: Derivation | None = None
    """0 to 1; under 1 a part was sold."""
    dwellings_in_deed: Derivation | None = None
    contract_date: Derivation | None = None
    """The market date where it differs from the registration (off-plan)."""
    is_off_plan: Derivation | None = None
    exact_duplicates: Literal["drop", "keep"] = "drop"
    """`keep` where no column tells two like dwellings sold in one month apart."""


class RollMapping(BaseModel):
    """Which raw rows are the dwellings to be valued."""

    model_config = _STRICT

    table: str
    joins: tuple[Join, ...] = ()
    dwelling_id: Derivation
    keep: Literal["unique", "latest_sale"] = "unique"
    """`latest_sale`: the roll is every dwelling in the sales table, as recorded at its last sale."""
    address: Derivation | None = None
    prior_value: Derivation | None = None
    """Value of the last valuation, in the roll's currency."""
    property_id: Derivation | None = None
    """The property that is taxed, where several dwellings share one bill, as the flats of a housing cooperative do."""


class Coordinates(BaseModel):
    """Where a dwelling lies: two raw columns, their reference system, and the metres they become."""

    model_config = _STRICT

    x: Derivation
    y: Derivation
    raw_crs: str
    """Authority code of the raw columns, such as EPSG:4326 (x is longitude, y latitude)."""
    crs: str
    """Projected system in metres in which distances are taken."""
    bounds: tuple[float, float, float, float]
    """x_min, y_min, x_max, y_max in `crs`: outside lies no dwelling of this jurisdiction."""
    kept_in: str | None = None
    """Which of `registers` they come from."""


class Screening(BaseModel):
    """What is not a free sale here, beyond the rules that hold everywhere (params.yaml)."""

    model_config = _STRICT

    related: tuple[str, ...] = ()
    """Levels of `relation` that are not free sales."""
    tenures_with_joint_debt: tuple[str, ...] = ()
    """Levels of the tenure whose price means nothing without the share of the joint debt."""
    price_range: tuple[float, float] = (1.0, 1e12)
    """A price outside is not a price of a dwelling; in currency."""


LawRule = Literal["reduction", "deduction", "deduction_taken", "rate_permille", "rounding", "complaint_weeks"]


class Law(BaseModel):
    """Rules of law that turn an appraised value into a tax, each with its source."""

    model_config = _STRICT

    reduction: Decimal = Field(Decimal(1), gt=0, le=1)
    """Factor on the appraised value, applied once: 0.7 where the value is reduced by 30 per cent."""
    deduction: Decimal = Field(Decimal(0), ge=0)
    """What is taken off the reduced value of each dwelling, in currency."""
    deduction_taken: Literal["each_dwelling", "sum"] = "each_dwelling"
    """Of a property with several dwellings: off the reduced value of each, none below zero, before they are summed; or
    off their sum, once for each dwelling."""
    rate_permille: Decimal = Field(Decimal(0), ge=0, le=1000)
    """Tax on what is left, in thousandths; 0: no tax is worked out."""
    rounding: Literal["half_up", "down", "half_even"] = "half_up"
    """How the tax becomes whole units of the currency."""
    complaint_weeks: int | None = Field(None, ge=1, le=520)
    """Weeks in which a home owner may complain."""
    complaint: Words | None = None
    """What can be complained about and what may follow: a sentence or two for home owners."""
    cited: Words | None = None
    """The acts and sections that a letter names."""
    sources: dict[LawRule, str] = Field(default_factory=dict)
    """Of each rule above that the file gives: the act and section, or the decision and its year."""
    source: str = ""
    """The law as a whole, for people."""

    def told(self) -> list[str]:
        """Return a line for each rule, with its source."""
        taken = {"each_dwelling": "off each dwelling", "sum": "off the sum, once for each dwelling"}
        rules = {
            "reduction": f"{self.reduction} × the appraised value",
            "deduction": f"{self.deduction:,} off the reduced value",
            "deduction_taken": taken[self.deduction_taken],
            "rate_permille": f"{self.rate_permille} permille of what is left",
            "rounding": self.rounding.replace("_", " "),
            "complaint_weeks": f"{self.complaint_weeks} weeks to complain",
        }
        return [f"{name}: {text} ({self.sources[name]})" for name, text in rules.items() if name in self.sources]


class Register(BaseModel):
    """A register that facts come from, as a home owner knows it."""

    model_config = _STRICT

    title: Words
    """What letters call it."""
    as_of: date | None = None
    """The day on which it was read; not given: letters say that the day is not recorded."""


class Letters(BaseModel):
    """Who writes to home owners, and where they answer. What is not given is left open in the letter, and marked."""

    model_config = _STRICT

    sender: Words | None = None
    """The office, as it signs."""
    contact: Words | None = None
    """Where to report a wrong fact and send a complaint: address, page or telephone."""


class LeftOut(BaseModel):
    """A raw column that is deliberately not used, and why."""

    model_config = _STRICT

    column: str
    reason: str


class Jurisdiction(BaseModel):
    """A municipality or county as this product sees it."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, arbitrary_types_allowed=True)

    schema_version: Literal[1]
    name: str = Field(pattern="^[a-z][a-z0-9_]*$")
    title: Words
    is_synthetic: bool = False
    """Every figure made from synthetic tables says so."""
    currency: str = Field(pattern="^[A-Z]{3}$")
    languages: tuple[Literal["nb", "nn", "en"], ...] = Field(min_length=1)
    valuation_date: date
    holdout_from: date
    """First day of the holdout: every sale from here on is never seen by a model, a setting or an interval."""
    tables: dict[str, RawTable]
    sales: SalesMapping
    roll: RollMapping
    coordinates: Coordinates | None = None
    explanation_groups: dict[str, Words]
    characteristics: DataDictionary
    screening: Screening = Screening()
    contradictions: tuple[Contradiction, ...] = ()
    """Facts that cannot be true together: dwellings that break such a rule are flagged."""
    registers: dict[str, Register] = Field(default_factory=dict)
    """Where facts come from, by a name that `kept_in` of a characteristic gives."""
    letters: Letters = Letters()
    law: Law = Law()
    left_out: tuple[LeftOut, ...] = ()

    @model_validator(mode="after")
    def _hangs_together(self) -> Jurisdiction:
        for owner, mapping in (("sales", self.sales), ("roll", self.roll)):
            for table in (mapping.table, *(join.table for join in mapping.joins)):
                if table not in self.tables:
                    raise ValueError(f"{owner}: no table is called {table!r}; there are {sorted(self.tables)}")
        for name, item in self.characteristics.items():
            if item.group not in self.explanation_groups:
                raise ValueError(
                    f"characteristics.{name}: group {item.group!r} is not one of {sorted(self.explanation_groups)}"
                )
        roles = [item.role for item in self.characteristics.values() if item.role]
        doubled = sorted({role for role in roles if roles.count(role) > 1})
        if doubled:
            raise ValueError(f"characteristics: several play the role {doubled[0]!r}; give it to one")
        for role in NEEDED_ROLES:
            if role not in roles:
                raise ValueError(f"characteristics: none plays the role {role!r}")
        if self.holdout_from >= self.valuation_date:
            raise ValueError("holdout_from lies on or after valuation_date; the holdout ends at the valuation date")
        return self

    @model_validator(mode="after")
    def _registers_are_named(self) -> Jurisdiction:
        named = {f"characteristics.{name}": item.kept_in for name, item in self.characteristics.items()}
        named["coordinates"] = self.coordinates.kept_in if self.coordinates is not None else None
        for place, kept_in in named.items():
            if kept_in is not None and kept_in not in self.registers:
                raise ValueError(f"{place}: kept_in {kept_in!r} is not one of {sorted(self.registers)}")
        return self

    @model_validator(mode="after")
    def _contradictions_name_facts(self) -> Jurisdiction:
        for i, rule in enumerate(self.contradictions):
            for name in rule.names():
                fact = self.characteristics.get(name)
                if fact is None or fact.is_categorical != (name in rule.where):
                    expected = "a category" if name in rule.where else "a number"
                    raise ValueError(f"contradictions.{i}: {name!r} is not {expected} of the characteristics")
        return self
