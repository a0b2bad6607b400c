"""The search: seeded, on folds only, and written for a person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.models import tuning
from valuation.models.tuning import search, tuning_folds, write_overrides
from valuation.pipeline.params import Params, TrainParams, read_params

QUICK = Params(train=TrainParams(n_folds=2, fold_months=3))


def _small(trial: Any) -> dict[str, Any]:
    return {"n_trees": trial.suggest_int("n_trees", 5, 20), "members": {"squared": 1.0}, "n_jobs": 1}


def test_the_folds_end_before_the_holdout(small_sales: pd.DataFrame, small_town: Jurisdiction) -> None:
    earlier_town = small_town.model_copy(update={"holdout_from": pd.Timestamp("2025-04-01").date()})
    folds = tuning_folds(small_sales, earlier_town, QUICK)
    n_before = int((small_sales["market_date"] < "2025-04-01").sum())
    assert len(folds[-1].earlier) + len(folds[-1].later) == n_before


def test_the_same_seed_finds_the_same_settings_and_they_can_be_read(
    small_sales: pd.DataFrame, small_town: Jurisdiction, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuning, "_suggested", _small)
    found = [search(small_sales, small_town, QUICK, n_trials=3) for _ in range(2)]
    assert found[0] == found[1]
    write_overrides(tmp_path / "town.params.yaml", found[0], small_town)
    read = read_params(tmp_path / "town.params.yaml")
    assert read.train.boosting == found[0]["boosting"]
