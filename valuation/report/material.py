"""What does every part of a report start from? The run, its jurisdiction, its settings, and an earlier run, if any."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.languages.spoken import say
from valuation.report.ratio_figures import RatioFigures
from valuation.report.run_folder import RunFolder


@dataclass(frozen=True)
class Material:
    """What a report is made from."""

    folder: RunFolder
    jurisdiction: Jurisdiction
    n_bootstrap: int
    """Resamples of dwellings behind each interval."""
    since: RunFolder | None = None
    """The run of the version before."""

    @cached_property
    def ratios(self) -> RatioFigures:
        """The ratio study."""
        return RatioFigures.of(self.folder)

    @cached_property
    def earlier(self) -> RatioFigures | None:
        """The ratio study of the version before."""
        return None if self.since is None else RatioFigures.of(self.since)

    def caption(self, text: str) -> str:
        """Return a caption that calls synthetic figures synthetic."""
        return say("Synthetic data. {text}", text=text) if self.jurisdiction.is_synthetic else text
