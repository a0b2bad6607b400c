"""What does one letter say? Every number and every text that is about the dwelling, gathered once and frozen.

A letter is written from its record and from nothing else: what stands in it can be looked up here, in every language,
and the same record makes the same letter ten years later. Sums that the owner can check are checked when a record is
made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, model_validator

from valuation.dwellings.characteristics import Words

MOST_LINES = 5
"""Lines told one by one on the first page; the others are one line, "other"."""
MOST_SALES = 3
"""Sales on the first page; the annex has all of the grid."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Fact(_Part):
    """What is recorded of the dwelling about one characteristic."""

    name: str
    label: Words
    recorded: float | str | bool | None
    """As it stands in the register; None where nothing does."""
    shown: Words
    source: Words | None
    """Register it comes from; None where the jurisdiction does not say."""
    as_of: date | None
    """The day the register was read."""
    is_used: bool
    """Whether the value can hang on it; the others are there to know the dwelling by."""
    description: Words | None = None


class Line(_Part):
    """What one characteristic adds to the value."""

    name: str
    label: Words
    amount: int
    """In whole units of money, against the typical dwelling."""


class Sale(_Part):
    """A sale beside the dwelling. Money is in whole units."""

    sale_id: str
    heading: Words
    """Which sale it is: identity, day, distance, joint debt."""
    where: Words
    """Street, or the market area where no street is recorded: never an owner, never a value of that dwelling."""
    area: Words | None
    built: Words | None
    sold_on: date
    distance: Words | None
    """On the map; None where there are no coordinates."""
    price: int
    joint_debt: int | None
    indexed_price: int
    """At the valuation date."""
    adjusted_price: int
    """What the sale says of this dwelling."""


class Row(_Part):
    """A line of the comparison, from the prices to the value; lines that are zero for all sales are left out."""

    kind: str
    """As `valuation.explanation.grid_words.GridRow`."""
    label: Words
    amounts: tuple[int, ...]
    """One for each sale."""
    is_sum: bool


class FactRow(_Part):
    """A fact in which a sale differs from the dwelling; the living area always."""

    label: Words
    own: Words
    theirs: tuple[Words, ...]


class Comparison(_Part):
    """The sales beside the dwelling."""

    sales: tuple[Sale, ...]
    rows: tuple[Row, ...]
    facts: tuple[FactRow, ...]
    sentences: tuple[Words, ...]
    """What the sales say together."""

    def ends(self) -> Iterator[tuple[str, int, int]]:
        """Yield each sum of the comparison: its name, where its lines end, and where they must."""
        for place, sale in enumerate(self.sales):
            lines = [(row.kind, row.amounts[place]) for row in self.rows]

            def total(*kinds: str, lines: list[tuple[str, int]] = lines) -> int:
                return sum(amount for kind, amount in lines if kind in kinds)

            apart = ("price", "index", "difference", "rounding")
            yield f"indexed price of sale {place}", total("price", "index"), sale.indexed_price
            yield f"adjusted price of sale {place}", total(*apart), sale.adjusted_price
            yield f"value beside sale {place}", total(*apart, "unexplained"), total("value")


class PropertyTax(_Part):
    """The tax of the property the dwelling is a part of, where several share a bill."""

    n_dwellings: int
    n_without_value: int
    appraised_value: int | None
    """Sum of the values. None where one is missing, or so few share the bill that it would tell a neighbour's."""
    tax: int | None


class Tax(_Part):
    """What the rules of the place make of the value. Decimals are text, exactly as reckoned."""

    reduction: str
    deduction: str
    rate_permille: str
    reduced_value: str
    taxable_value: str
    """Reduced value less the deduction, never below zero."""
    tax: int
    """Of this dwelling by itself, for one year."""
    shared: PropertyTax | None


class Valued(_Part):
    """A value and why it is what it is. Money is in whole units of the currency."""

    value: int
    low: int
    high: int
    coverage: float
    reference: int
    """What the typical dwelling of the kind is worth."""
    kind: Words | None
    """That kind; None where all dwellings sold stand for it."""
    lines: tuple[Line, ...]
    """All lines, the largest first, rounding included: reference + lines = value."""
    told: tuple[Line, ...]
    """The lines of the first page."""
    other: int
    """Sum of the lines that are not told."""
    comparison: Comparison
    simpler_way: tuple[Words, ...]
    """The tree's way in words."""
    wrong_facts: tuple[Words, ...] = ()
    """Which single fact would have to be wrong for the value to move; empty where that was not asked."""
    flags: tuple[Words, ...]
    """What is to be looked at, a sentence each."""
    tax: Tax | None

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        ends = [
            ("lines", self.reference + sum(line.amount for line in self.lines), self.value),
            ("told lines", self.reference + sum(line.amount for line in self.told) + self.other, self.value),
            *self.comparison.ends(),
            *(
                ("value of the comparison", row.amounts[0], self.value)
                for row in self.comparison.rows[-1:]
                if row.amounts
            ),
        ]
        wrong = [f"{name}: {end} and not {goal}" for name, end, goal in ends if end != goal]
        if wrong:
            raise ValueError("; ".join(wrong))
        if not self.low <= self.value <= self.high:
            raise ValueError(f"the value {self.value} lies outside its range {self.low} to {self.high}")
        return self


class Reason(_Part):
    """Why there is no value, and what can be done: no number."""

    code: str
    title: Words
    found: Words
    owner: Words
    """What the owner can do."""


class Decision(_Part):
    """What a person decided about the value."""

    by: str
    """Identity in the office."""
    on: date
    outcome: str
    """One of `valuation.appraisal.looked_at.OUTCOMES`."""
    value: int | None = None
    """Set instead of the proposed one."""
    difference: int | None = None
    """Of it to the proposed one; None where the program proposed none."""
    reason: Words | None = None
    """In a few words."""


class Evidence(_Part):
    """What all values of the run rest on."""

    n_dwellings: int
    n_sales: int
    n_sales_used: int
    holdout_from: date
    n_tested: int | None
    """Free sales the values were tried on; None where the run has no such figures."""
    error_pct: float | None
    """Half of the values lay nearer to the price than this."""
    held_pct: float | None
    """Of those prices, so many in a hundred lay in the probable range."""


class Rules(_Part):
    """Rules of law of the place, as its file has them."""

    complaint_weeks: int | None
    complaint: Words | None
    cited: Words | None
    rounding: str
    deduction_taken: str


class LetterRecord(_Part):
    """All that one letter says of one dwelling."""

    dwelling_id: str
    address: str
    """Empty where the roll has none."""
    place: Words
    is_synthetic: bool
    currency: str
    sender: Words | None
    contact: Words | None
    valuation_date: date
    sent: date | None
    """Day of sending; None: not known yet, and so no last day to complain."""
    facts: tuple[Fact, ...]
    valued: Valued | None
    reason: Reason | None
    """Why there is no value; None where there is one."""
    is_looked_at: bool
    """Whether a person has looked at the value."""
    decision: Decision | None
    """The newest about this value; None: nobody has decided, the letter is a proposal."""
    evidence: Evidence
    rules: Rules
    run_id: str
    model_version: str
    data_hash: str

    @model_validator(mode="after")
    def _has_a_value_or_a_reason(self) -> Self:
        if (self.valued is None) == (self.reason is None):
            raise ValueError("a dwelling has either a value or a reason for none")
        made = self.decision
        if made is None or made.value is None or self.valued is None:
            return self
        if made.difference != made.value - self.valued.value:
            raise ValueError("the value proposed and the difference do not make the value that was set")
        return self

    @property
    def used_facts(self) -> tuple[int, ...]:
        """Places of the facts that the value can hang on."""
        return tuple(place for place, fact in enumerate(self.facts) if fact.is_used)

    @property
    def other_facts(self) -> tuple[int, ...]:
        """Places of the facts that are there to know the dwelling by."""
        return tuple(place for place, fact in enumerate(self.facts) if not fact.is_used)

    def has_one_source(self, places: Sequence[int]) -> bool:
        """Whether several facts, by their places, are all from one source of one day: then it is said once."""
        sources = {(self.facts[place].source, self.facts[place].as_of) for place in places}
        return len(places) > 1 and len(sources) == 1 and self.facts[places[0]].source is not None

    @property
    def is_decided(self) -> bool:
        """Whether a person has accepted the value as it stands."""
        return self.decision is not None and self.decision.outcome == "accepted"

    @property
    def is_set_otherwise(self) -> bool:
        """Whether a person has set another value than the one proposed."""
        return self.valued is not None and self.decision is not None and self.decision.value is not None

    @property
    def is_set_alone(self) -> bool:
        """Whether a person has set a value where none was proposed."""
        return self.valued is None and self.decision is not None and self.decision.value is not None

    @property
    def last_day(self) -> date | None:
        """Last day to complain: so many weeks after the letter was sent."""
        if self.sent is None or self.rules.complaint_weeks is None:
            return None
        return self.sent + timedelta(weeks=self.rules.complaint_weeks)

    @property
    def figure_hash(self) -> str:
        """SHA-256 of the whole record: what the letter was made of."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def looked_up(record: LetterRecord, path: str) -> Any:
    """Return what stands in a record at a path such as ``valued.sales.0.price``.

    Examples
    --------
    >>> part = Line(name="rooms", label=Words(en="Rooms"), amount=-1200)
    >>> looked_up(part, "amount"), looked_up(part, "label.en")
    (-1200, 'Rooms')
    """
    found: Any = record
    for step in path.split("."):
        found = found[int(step)] if isinstance(found, tuple) else getattr(found, step)
    return found
