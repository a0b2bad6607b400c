"""Which versions are there, how do they stand, how good are they on sales they had not seen, and who decided?

From the record of versions and the runs it names, each figure from a file that is the one its receipt signed. A version
whose run is gone or changed is told with what is wrong with it, and without figures.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from valuation.appraisal.receipt import check_signed, read_receipt
from valuation.comparison.versions import METRICS
from valuation.errors import InputRefused, WrongUse
from valuation.models.registry import Entry, ModelRegistry, candidate, champion, folder_of, was_live

Standing = Literal["live", "waiting", "earlier", "apart"]
"""live: values are given with it. waiting: registered last, and not live. earlier: was live, and can be gone back to.
apart: in the record, and none of these."""
SHOWN = ("median_ratio", "mdape", "cod", "prb")
"""Statistics told of every version, on the valid sales of its own holdout."""


@dataclass(frozen=True)
class KeyFigure:
    """A figure with its 95 % interval; gaps where it is not given."""

    name: str
    estimate: float
    lower: float
    upper: float
    n_sales: int


@dataclass(frozen=True)
class StandingVersion:
    """A version of the record."""

    model_version: str
    standing: Standing
    entries: tuple[Entry, ...]
    run: Path
    receipt: Mapping[str, Any] = field(default_factory=dict)
    figures: tuple[KeyFigure, ...] = ()
    is_whole: bool = True
    """Whether its run is there and the one that was kept."""

    @property
    def run_id(self) -> str:
        """What people call the run: its day and two words."""
        return str(self.receipt.get("run_id", ""))

    @property
    def manifest_sha256(self) -> str:
        """Hash of its bundle's manifest, as the record has it."""
        return self.entries[-1].manifest_sha256

    @property
    def became_live(self) -> Entry | None:
        """The entry by which it became live last, or None."""
        return next((one for one in reversed(self.entries) if one.action != "register"), None)


def standing_versions(registry: ModelRegistry, jurisdiction: str) -> list[StandingVersion]:
    """Return every version of the record: the live one, then the newest first.

    Raises
    ------
    RecordRefused
        When the record was changed.
    """
    record = registry.record(jurisdiction)
    names = list(dict.fromkeys(entry.model_version for entry in reversed(record)))
    found = [_version(registry, record, name) for name in names]
    return sorted(found, key=lambda one: one.standing != "live")


def live_of(versions: Iterable[StandingVersion]) -> StandingVersion | None:
    """Return the one that is live; None where none is."""
    return next((one for one in versions if one.standing == "live"), None)


def _version(registry: ModelRegistry, record: Sequence[Entry], model_version: str) -> StandingVersion:
    own = tuple(entry for entry in record if entry.model_version == model_version)
    run, standing = folder_of(registry, own[-1]), _standing(record, model_version)
    try:
        receipt = read_receipt(run)
        metrics = json.loads(check_signed(run, METRICS, receipt).read_text("utf-8"))
        is_the_one = receipt["manifest_sha256"] == own[-1].manifest_sha256
    except (InputRefused, WrongUse, OSError, ValueError):
        return StandingVersion(model_version, standing, own, run, is_whole=False)
    if not is_the_one:
        return StandingVersion(model_version, standing, own, run, is_whole=False)
    return StandingVersion(model_version, standing, own, run, receipt, key_figures(metrics))


def _standing(record: Sequence[Entry], model_version: str) -> Standing:
    live, waiting = champion(record), candidate(record)
    if live is not None and live.model_version == model_version:
        return "live"
    if can_go_back_to(record, model_version):
        return "earlier"
    return "waiting" if waiting is not None and waiting.model_version == model_version else "apart"


def can_go_back_to(record: Sequence[Entry], model_version: str) -> bool:
    """Return whether a version was live before the present one, and was not left for good."""
    if champion(record) is None:
        return False
    try:
        was_live(record, model_version)
    except WrongUse:
        return False
    return True


def key_figures(metrics: Mapping[str, Any]) -> tuple[KeyFigure, ...]:
    """Return what is told of a version, from `evaluation/metrics.json`.

    Parameters
    ----------
    metrics : mapping

    Returns
    -------
    tuple of KeyFigure
        `SHOWN`, and `coverage` with the band that chance explains; those that are not given are left out.
    """
    sample = metrics.get("valid_sales") or metrics.get("overall") or {}
    boosted, n_sales = sample.get("boosted") or {}, int(sample.get("n_valued") or 0)
    found = [
        KeyFigure(
            name, _number(boosted, name), _number(boosted, f"{name}_lower"), _number(boosted, f"{name}_upper"), n_sales
        )
        for name in SHOWN
    ]
    coverage = (metrics.get("coverage") or {}).get("screening", {}).get("valid") or (
        (metrics.get("coverage") or {}).get("overall", {}).get("all") or {}
    )
    found.append(
        KeyFigure(
            "coverage",
            _number(coverage, "coverage"),
            _number(coverage, "band_low"),
            _number(coverage, "band_high"),
            int(coverage.get("n_sales") or 0),
        )
    )
    return tuple(one for one in found if math.isfinite(one.estimate))


def _number(figures: Mapping[str, Any], name: str) -> float:
    value = figures.get(name)
    return math.nan if value is None else float(value)
