"""What does a run go by? Its settings, and the folder with its raw tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from valuation.errors import WrongUse

if TYPE_CHECKING:
    from valuation.pipeline.params import Params


def settings_of_run(params: Path | None, jurisdiction: Path) -> Params:
    """Return the settings given, or those of ./params.yaml; what stands beside the jurisdiction file goes before."""
    from valuation.pipeline.params import Params, read_params

    overrides = jurisdiction.with_name(jurisdiction.stem + ".params.yaml")
    default = Path("params.yaml")
    path = params or (default if default.exists() else None)
    if path is None:
        return read_params(overrides) if overrides.exists() else Params()
    return read_params(path, overrides)


def need_raw_folder(raw: Path) -> None:
    """Check that the folder with the raw tables is there.

    Raises
    ------
    WrongUse
    """
    if not raw.is_dir():
        raise WrongUse(
            f"{raw} is not a folder", expected="the folder with the raw tables", remedy="valuation fetch, or --raw DIR"
        )
