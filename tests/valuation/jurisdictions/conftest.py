"""A town small enough to check by hand: thirty dwellings, thirty sales, one jurisdiction file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from valuation.errors import InputRefused, WrongUse
from valuation.pipeline.params import IngestParams

TOWN = """
schema_version: 1
name: town
title: {en: Town}
currency: NOK
languages: [en]
valuation_date: 2025-01-01
holdout_from: 2024-07-01
tables:
  sales: {file: sales.csv, delimiter: ";", decimal: ",", thousands: space, licence: none, published_by: nobody}
  roll: {file: roll.csv, delimiter: ";", decimal: ",", thousands: space, licence: none, published_by: nobody}
sales:
  table: sales
  joins: [{table: roll, on: {number: number}, required: true}]
  dwelling_id: {columns: [municipality, number], separator: "-", table: roll}
  sale_date: {column: sold, date_format: "%d.%m.%Y"}
  sale_price: {column: price}
roll:
  table: roll
  dwelling_id: {columns: [municipality, number], separator: "-"}
  address: {column: street}
coordinates:
  x: {column: east}
  y: {column: north}
  raw_crs: EPSG:25832
  crs: EPSG:25832
  bounds: [560000, 7030000, 580000, 7040000]
explanation_groups: {size: {en: Size}, location: {en: Location}, age: {en: Age}}
characteristics:
  area_m2:
    {kind: number, from: {column: area}, unit: m2, role: living_area, required: true, plausible: [20, 300],
     possible: [5, 2000], group: size, labels: {en: Area}, source: register}
  rooms: {kind: integer, from: {column: rooms}, group: size, labels: {en: Rooms}, source: register}
  built_year:
    {kind: integer, from: {column: built, zero_means: missing}, unit: year, role: built_year, plausible: [1800, 2025],
     possible: [1600, 2027], group: age, labels: {en: Built}, source: register}
  has_garage: {kind: boolean, from: {column: garage}, group: size, labels: {en: Garage}, source: register}
  street: {kind: category, from: {column: street}, role: street, is_feature: false, group: location,
           labels: {en: Street}, source: register}
  dwelling_type:
    {kind: category, from: {column: type, map: {E: house, B: flat}}, levels: [house, flat], role: dwelling_type,
     group: size, labels: {en: Type}, source: register}
  market_area: {kind: category, from: {column: zone}, role: market_area, group: location, labels: {en: Zone}, source:
  us}
left_out: [{column: comment, reason: for people}]
"""


@dataclass
class Town:
    """The raw tables and the jurisdiction file of the town, to be altered and written."""

    folder: Path
    file: dict[str, Any] = field(default_factory=lambda: yaml.safe_load(TOWN.replace(" on:", ' "on":')))
    roll: list[dict[str, str]] = field(default_factory=lambda: [_dwelling(i) for i in range(30)])
    sales: list[dict[str, str]] = field(default_factory=lambda: [_sale(i) for i in range(30)])
    params: dict[str, float] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The jurisdiction file, written with the tables."""
        return self.write()

    def text(self, rows: list[dict[str, str]]) -> str:
        """A table as text, semicolons between the cells."""
        return "".join(";".join(line) + "\n" for line in [list(rows[0]), *(list(row.values()) for row in rows)])

    def write(self) -> Path:
        """Write the jurisdiction file and those raw tables that no test has written yet."""
        path = self.folder / "town.yaml"
        path.write_text(yaml.safe_dump(self.file, allow_unicode=True, sort_keys=False), "utf-8")
        for name, rows in (("sales.csv", self.sales), ("roll.csv", self.roll)):
            if not (self.folder / name).exists():
                (self.folder / name).write_text(self.text(rows), "utf-8")
        return path

    @property
    def limits(self) -> IngestParams:
        """How much of the tables may be left out."""
        return IngestParams(**{"max_rejected_share": 0.2, "max_set_aside_share": 0.2, **self.params})

    def ingest(self) -> pd.DataFrame:
        """Run the stage; return the findings."""
        from valuation.jurisdictions.reading import read_jurisdiction
        from valuation.pipeline.ingest import STAGE
        from valuation.pipeline.params import Params
        from valuation.pipeline.stage import Workplace

        params = Params(ingest=self.limits)
        STAGE.run(Workplace(read_jurisdiction(self.write()), params, self.folder, self.out))
        return pd.read_csv(self.out / "ingest" / "rejected_rows.csv", dtype=str, keep_default_na=False)

    def found(self) -> list[tuple[str, ...]]:
        """Run the stage; return rule, table, line and column of each finding."""
        findings = self.ingest()
        return list(findings[["rule", "table", "line", "column"]].itertuples(index=False, name=None))

    def refusal(self, error: type[InputRefused] | type[WrongUse] = InputRefused) -> str:
        """Run the stage, which is to refuse the tables and write nothing; return what it says."""
        with pytest.raises(error) as refused:
            self.ingest()
        assert not self.out.exists()
        return str(refused.value)

    @property
    def out(self) -> Path:
        """Output folder."""
        return self.folder / "out"

    @property
    def written_sales(self) -> pd.DataFrame:
        """The sales that ingest has written."""
        return pd.read_parquet(self.out / "ingest" / "sales.parquet")

    @property
    def written_roll(self) -> pd.DataFrame:
        """The roll that ingest has written, by dwelling."""
        return pd.read_parquet(self.out / "roll.parquet").set_index("dwelling_id")


def _dwelling(i: int) -> dict[str, str]:
    return {
        "municipality": "0301",
        "number": f"{i + 1}/{i + 2}",
        "street": "None" if i == 2 else f"Gate {i % 3}",
        "zone": "NA" if i % 2 else "B",
        "area": f"{60 + i},5",
        "rooms": "3",
        "built": f"{1950 + i}",
        "garage": "ja",
        "type": "E" if i % 2 else "B",
        "east": f"{570000 + 10 * i}",
        "north": f"{7034000 + 10 * i}",
        "comment": "null",
    }


def _sale(i: int) -> dict[str, str]:
    return {
        "number": f"{i + 1}/{i + 2}",
        "sold": f"{i % 28 + 1:02d}.{i % 12 + 1:02d}.2024",
        "price": f"{3 + i // 10} {100 + i}\N{NO-BREAK SPACE}000",
    }


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """A town to ingest."""
    return Town(tmp_path)
