"""Where does a figure of the ratio study stand? `evaluation/ratio_study.parquet`, looked up and marked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from valuation.languages.spoken import recorded, say
from valuation.report.cells import Cell, Figure, count
from valuation.report.run_folder import RunFolder
from valuation.report.words import MODEL, statistic

FILE = "evaluation/ratio_study.parquet"
KEYS = ("sample", "model", "stratum", "level", "statistic")
COLUMNS = (*KEYS, "n_sales", "n_valued", "estimate", "lower", "upper")


@dataclass(frozen=True)
class RatioFigures:
    """The ratio study of a run: one row per sample, model, group and statistic."""

    table: pd.DataFrame

    @classmethod
    def of(cls, folder: RunFolder) -> RatioFigures:
        """Read the study of a run.

        Raises
        ------
        NotGiven
            When the run has none.
        """
        return cls(folder.table(FILE, COLUMNS))

    @cached_property
    def _rows(self) -> dict[tuple[str, ...], dict[str, Any]]:
        keys = self.table[list(KEYS)].astype("str").itertuples(index=False, name=None)
        rows = (
            dict(zip(self.table.columns, row, strict=True)) for row in self.table.itertuples(index=False, name=None)
        )
        return dict(zip(keys, rows, strict=True))

    @cached_property
    def samples(self) -> list[str]:
        """Samples of the study, the headline first."""
        return list(dict.fromkeys(self.table["sample"].astype("str")))

    def models(self, sample: str = "all_sales") -> list[str]:
        """Models of a sample, in the order they are shown."""
        found = set(self.table.loc[self.table["sample"] == sample, "model"].astype("str"))
        return [*(name for name in MODEL if name in found), *sorted(found - set(MODEL))]

    def statistics(self, sample: str, stratum: str = "overall") -> list[str]:
        """Statistics given for a sample, in the order of the file."""
        chosen = (self.table["sample"] == sample) & (self.table["stratum"] == stratum)
        return list(dict.fromkeys(self.table.loc[chosen, "statistic"].astype("str")))

    def levels(self, sample: str, stratum: str) -> list[str]:
        """Groups of a stratum, sorted."""
        chosen = (self.table["sample"] == sample) & (self.table["stratum"] == stratum)
        return sorted(set(self.table.loc[chosen, "level"].astype("str")))

    def row(
        self,
        name: str,
        *,
        sample: str = "all_sales",
        model: str = "boosted",
        stratum: str = "overall",
        level: str = "all",
    ) -> dict[str, Any]:
        """Return a row of the study; empty where there is none."""
        return self._rows.get((sample, model, stratum, level, name), {})

    def figure(self, name: str, part: str = "estimate", **place: str) -> Figure:
        """Return a figure, marked; `part` is estimate, lower, upper, noise, noise_lower or noise_upper."""
        words = statistic(name)
        return Figure(self.row(name, **place).get(part), words.digits, words.factor, self._marks(name, part, place))

    def _marks(self, name: str, part: str, place: dict[str, str]) -> dict[str, str]:
        marks = {"sample": "all_sales", "model": "boosted", "stratum": "overall", "level": "all", **place}
        return {"kind": "ratio", **marks, "statistic": name, "part": part}

    def cell(self, name: str, **place: str) -> Cell | str:
        """Return a figure with its interval below it, or why it is not given."""
        found = self.figure(name, **place)
        if not found.is_given:
            return self.remark(name, **place)
        lower, upper = (self.figure(name, part, **place) for part in ("lower", "upper"))
        return Cell(found, (lower, upper) if lower.is_given and upper.is_given else "")

    def noise(self, name: str, **place: str) -> Cell | str:
        """Return what noise alone would give, or a dash."""
        found = self.figure(name, "noise", **place)
        lower, upper = (self.figure(name, part, **place) for part in ("noise_lower", "noise_upper"))
        return Cell(found, (lower, upper) if lower.is_given and upper.is_given else "") if found.is_given else "–"

    def remark(self, name: str, **place: str) -> str:
        """Return why a figure is not given."""
        row = self.row(name, **place)
        remark = row.get("remark")
        if isinstance(remark, str) and remark:
            return recorded(remark)
        return say("n = {n}: not given", n=int(row["n_valued"])) if row else say("not given")

    def n(self, part: str = "n_valued", *, of: str = "median_ratio", **place: str) -> Figure:
        """Return the number of sales behind the figures of a group, marked."""
        row = self.row(of, **place)
        return count(row[part], **self._marks(of, part, place)) if row else Figure(None)
