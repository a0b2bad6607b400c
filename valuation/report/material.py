"""What does every part of a report start from? The run, its jurisdiction, its settings, and an earlier run, if any."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.languages.spoken import say
from valuation.report.ratio_figures import RatioFigures
from valuation.report.run_folder import RunFolder

Found = TypeVar("Found")


@dataclass(frozen=True)
class Material:
    """What a report is made from."""

    folder: RunFolder
    jurisdiction: Jurisdiction
    n_bootstrap: int
    """Resamples of dwellings behind each interval."""
    since: RunFolder | None = None
    """The run of the version before."""

    _made: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    def once(self, name: Hashable, make: Callable[[], Found]) -> Found:
        """Return what `make` gives, made once: the pages of all languages tell the same figures.

        Parameters
        ----------
        name : hashable
            What it is; the caller keeps it apart from others.
        make : callable
            Of nothing but this material; what it returns is not changed by anybody.
        """
        if name not in self._made:
            self._made[name] = make()
        found: Found = self._made[name]
        return found

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
