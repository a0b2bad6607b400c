"""What is a gate? A question with a limit, asked of a finished run before its values may go live.

A gate looks at `Evidence` and answers with checks, each with what was found, on how many, within which interval, and
against which limit. Gates on the roll look at every dwelling and refuse for a single one; gates on sales refuse only
what chance does not explain: an interval, or a test whose chance of a false refusal all groups share.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.comparison.versions import Version
from valuation.dwellings.characteristics import DataDictionary
from valuation.flags.catalogue import opens_case

if TYPE_CHECKING:
    from valuation.pipeline.params import GateParams

Status = Literal["passed", "refused", "not judged"]
EXAMPLES = 5
"""Dwellings named where a gate refuses."""
has_flag = opens_case


@dataclass(frozen=True)
class Check:
    """What a gate found about one measure or group."""

    measure: str
    """What was looked at, such as "coverage, market area TB"."""
    status: Status
    n: int
    """Dwellings, pairs or sales looked at."""
    limit: str
    """What was asked, in words with the number."""
    found: float = float("nan")
    lower: float = float("nan")
    upper: float = float("nan")
    """Interval of `found`, where it is an estimate."""
    remark: str = ""
    """Why it is not judged, or what else a reader must know."""
    examples: tuple[str, ...] = ()
    """Some of the dwellings behind a refusal."""

    @property
    def is_refused(self) -> bool:
        """Whether it stands in the way."""
        return self.status == "refused"


@dataclass(frozen=True)
class Gate:
    """One question asked of every version."""

    code: str
    """Stable: it stands in records."""
    title: str
    looks_at: Literal["roll", "sales"]
    explanation: str
    """What it protects from, how it is judged, and what to do when it refuses."""
    judge: Callable[[Evidence, GateParams], list[Check]]
    settings: tuple[str, ...] = field(default=())
    """Settings in the section `gates` of params.yaml that it reads."""
    can_be_overruled: bool = True
    """Whether two people with a reason can decide against it."""


@dataclass(frozen=True)
class Evidence:
    """All that gates look at: the version that asks to go live, and the one that is."""

    version: Version
    champion: Version | None = None

    @property
    def dictionary(self) -> DataDictionary:
        """The data dictionary of the version."""
        return self.version.bundle.jurisdiction.characteristics

    @cached_property
    def roll(self) -> pd.DataFrame:
        """The facts of each dwelling with its value: one row a dwelling of both tables, sorted by `dwelling_id`."""
        carried = ["dwelling_id", "appraised_value", "lower_value", "upper_value", "flags"]
        return self.version.roll.merge(self.version.values[carried], on="dwelling_id", how="inner")

    @cached_property
    def sales(self) -> pd.DataFrame:
        """The valid holdout sales that have a value, the newest of each dwelling; by `sale_id`."""
        holdout = self.version.holdout
        # A second sale of one dwelling is no second piece of evidence.
        valued = holdout[holdout["is_valid_sale"] & (holdout["appraised_value"] > 0) & (holdout["sale_price"] > 0)]
        newest = valued.sort_values(["dwelling_id", "sale_date", "sale_id"]).drop_duplicates("dwelling_id", keep="last")
        return newest.sort_values("sale_id", ignore_index=True)

    @cached_property
    def sold(self) -> frozenset[str]:
        """Dwellings whose sales the version has learned from."""
        return frozenset(self.version.bundle.sales["dwelling_id"])

    def column(self, role: str) -> str | None:
        """Return the characteristic that plays `role`, where the roll has it."""
        name = self.dictionary.with_role(role)
        return name if name is not None and name in self.roll else None

    def draw(self, table: pd.DataFrame, params: GateParams) -> pd.DataFrame:
        """Return a seeded sample of at most `gates.sample_dwellings` rows, in their order."""
        n = min(params.sample_dwellings, len(table))
        places = np.random.default_rng(params.seed).choice(len(table), n, replace=False)
        return table.iloc[np.sort(places)].reset_index(drop=True)


def of_count(
    measure: str, wrong: NDArray[np.bool_], ids: pd.Series, limit: str, *, n: int | None = None, remark: str = ""
) -> Check:
    """Return a check that allows none: refused when `wrong` holds anywhere."""
    count = int(wrong.sum())
    return Check(
        measure,
        "refused" if count else "passed",
        len(wrong) if n is None else n,
        limit,
        found=float(count),
        remark=remark,
        examples=tuple(ids[wrong].astype(str).head(EXAMPLES)),
    )


def not_judged(measure: str, limit: str, why: str, n: int = 0) -> Check:
    """Return a check that could not be made, with the reason; it never counts as passed."""
    return Check(measure, "not judged", n, limit, remark=why)
