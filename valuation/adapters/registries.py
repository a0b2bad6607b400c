"""Which registry is meant? MLflow's where it is installed, else a folder, unless somebody says otherwise."""

from __future__ import annotations

import os
from pathlib import Path

from valuation.adapters.extras import is_installed, need
from valuation.adapters.file_registry import FileRegistry
from valuation.errors import WrongUse
from valuation.models.registry import ModelRegistry

MLFLOW = "mlflow"
FOLDER = "registry"
VARIABLE = "VALUATION_REGISTRY"


def registry_at(choice: str | None = None) -> ModelRegistry:
    """Return the registry to work with.

    Parameters
    ----------
    choice : str, optional
        ``mlflow`` or a folder; by default what ``VALUATION_REGISTRY`` says, else MLflow where it is installed, else the
        folder ``registry``.

    Raises
    ------
    WrongUse
        When MLflow is asked for and not installed, or the folder is a file.
    """
    chosen = choice or os.environ.get(VARIABLE) or (MLFLOW if is_installed("tracking") else FOLDER)
    if chosen == MLFLOW:
        need("tracking")
        from valuation.adapters.mlflow_registry import MlflowRegistry

        return MlflowRegistry()
    folder = Path(chosen)
    if folder.exists() and not folder.is_dir():
        raise WrongUse(f"{folder} is a file", expected="mlflow, or a folder for the registry")
    return FileRegistry(folder)
