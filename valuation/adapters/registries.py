"""Which registry is meant? One, the same for commands and service; MLflow is told of it where it is installed.

Two registries that both say which version is live would sooner or later disagree. So one decides: the folder `registry`
unless a setting names another, whether or not MLflow is installed. MLflow's alias ``champion`` then follows it, for
those who look at its pages (`tell_mlflow`), and decides nothing. Who wants the record kept in MLflow itself says so, to
commands and service alike: ``VALUATION_REGISTRY=mlflow``.
"""

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
        ``mlflow`` or a folder; by default what ``VALUATION_REGISTRY`` says, else the folder ``registry``.

    Raises
    ------
    WrongUse
        When MLflow is asked for and not installed, or the folder is a file.
    """
    chosen = choice or os.environ.get(VARIABLE) or FOLDER
    if chosen == MLFLOW:
        need("tracking")
        from valuation.adapters.mlflow_registry import MlflowRegistry

        return MlflowRegistry()
    folder = Path(chosen)
    if folder.exists() and not folder.is_dir():
        raise WrongUse(f"{folder} is a file", expected="mlflow, or a folder for the registry")
    return FileRegistry(folder)


def registry_of_commands(choice: str | None = None) -> ModelRegistry:
    """Return the registry to work with, unless nobody said which and MLflow holds a record that would be left behind.

    Raises
    ------
    WrongUse
        As `registry_at`; and when a second record would be begun beside the one in MLflow.
    """
    is_said = choice is not None or bool(os.environ.get(VARIABLE))
    if not is_said and not Path(FOLDER).exists() and _mlflow_holds_a_record():
        raise WrongUse(
            "MLflow holds the record of which versions were live, and nobody has said that it still decides",
            expected=f"{VARIABLE}=mlflow, for commands and service alike, or a folder",
            remedy=f"say {VARIABLE}=mlflow to go on with that record, or --registry {FOLDER} to begin a new one",
        )
    return registry_at(choice)


def _mlflow_holds_a_record() -> bool:
    if not is_installed("tracking"):
        return False
    from valuation.adapters.mlflow_comparisons import is_tracked_anything

    if not is_tracked_anything():
        return False
    from valuation.adapters.mlflow_registry import MlflowRegistry

    return bool(MlflowRegistry().jurisdictions())


def tell_mlflow(registry: ModelRegistry, jurisdiction: str) -> bool:
    """Let MLflow's aliases follow the record, where MLflow is installed, has tracked something and is not the record.

    Returns
    -------
    bool
        Whether it was told.
    """
    if not isinstance(registry, FileRegistry) or not is_installed("tracking"):
        return False
    from valuation.adapters.mlflow_comparisons import is_tracked_anything

    if not is_tracked_anything():
        return False
    from valuation.adapters.mlflow_registry import MlflowRegistry

    MlflowRegistry().follow(registry, jurisdiction)
    return True
