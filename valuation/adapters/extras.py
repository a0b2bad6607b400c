"""What can be installed beside the core, and what is missing without it?"""

from __future__ import annotations

from importlib.util import find_spec

from valuation.errors import WrongUse

EXTRAS = {
    "letters": ("weasyprint", "letters to owners are made as HTML, not as PDF"),
    "postgresql": ("psycopg", "the service keeps its record in SQLite only"),
    "tracking": ("mlflow", "runs are not tracked, compared or registered"),
    "tune": ("optuna", "no search for parameters"),
    "analysis": ("shap", "no summary plots of contributions"),
    "notebooks": ("nbclient", "notebooks cannot be executed"),
}
"""Extra of pyproject.toml: the package that shows it is there, and what is missing without it."""


def is_installed(extra: str) -> bool:
    """Return whether an extra is installed, without importing it."""
    return find_spec(EXTRAS[extra][0]) is not None


def need(extra: str) -> None:
    """Refuse to go on without an extra.

    Raises
    ------
    WrongUse
        Says what is missing and how to install it.
    """
    if not is_installed(extra):
        raise WrongUse(
            f"the extra `{extra}` is not installed: {EXTRAS[extra][1]}", remedy=f"pip install 'valuation[{extra}]'"
        )
