"""Where are things, and how much may a client ask for? Read from the environment, `VALUATION_*`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import SettingsConfigDict

from api.access.settings import PREFIX, AccessSettings
from valuation.errors import WrongUse


class Settings(AccessSettings):
    """Settings of the service: where things are. What changes a number stands in params.yaml, never here."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    bundle: Path
    """Folder of the model version that is served until one is live in the record, which then decides: `bundle` in the
    output folder of a finished run."""
    database_url: str = "sqlite:///valuation.db"
    """Where the record is kept: `sqlite:///FILE` or `postgresql+psycopg://USER@HOST/NAME`."""
    database_connections: int = Field(16, ge=2, le=200)
    """Most connections of a worker to the database; PostgreSQL's `max_connections` must hold those of all workers and
    a few for commands."""
    archive: Path = Path("archive")
    """Folder in which released runs and revaluations are kept."""
    registry: str | None = None
    """Where the record of model versions is kept, for commands too: `mlflow` or a folder, by default `registry`."""
    registry_s: float = Field(5.0, gt=0, le=3600)
    """Seconds between two looks at the record: so long may a version be live that another worker or a command promoted,
    before it is served."""
    raw: Path | None = None
    """Folder with the raw tables from which facts of sales are joined: new sales are looked at with it (drift)."""
    params: Path | None = None
    """A params.yaml: how cases are settled (`review`) and what goes live (`gates`); by default the defaults."""
    max_body_bytes: int = Field(4_000_000, ge=1_000, le=100_000_000)
    """Longest body of a request in bytes: 1,000 dwellings need about 1.5 million."""
    max_dwellings: int = Field(1_000, ge=1, le=10_000)
    """Most dwellings that one request may ask values for."""
    body_timeout_s: float = Field(20.0, gt=0, le=600)
    """Seconds within which a body must have arrived."""
    answers_kept_days: int = Field(7, ge=1, le=365)
    """Days for which the answer to a request is kept: sent again within them, with its key or from a page that was
    left open, it counts once. After them the key is a new one."""
    gather_ms: float = Field(2.0, ge=0, le=100)
    """Milliseconds for which an idle worker waits for company before it values what was asked."""
    metrics_port: int | None = Field(None, ge=1, le=65535)
    """Inner port for Prometheus; without one, `/metrics` is for those whose role allows it. Each worker counts its own
    and has its own port: this one and the next ones."""


def read_settings(**given: Any) -> Settings:
    """Return the settings of the environment; `given` ones go before it.

    Raises
    ------
    WrongUse
        For a setting that is missing or cannot be: says which, what it is for, and what to do.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        raise WrongUse(
            "; ".join(_told(item["loc"], item["msg"]) for item in error.errors(include_url=False, include_input=False)),
            expected="settings in the environment, as docs/reference/service-settings.md lists them",
            remedy=f"set what is named, such as {PREFIX}BUNDLE=runs/demo-3000-2000/bundle, and start again",
        ) from None


def _told(place: tuple[int | str, ...], message: str) -> str:
    name = str(place[0]) if place else ""
    is_missing = message == "Field required"
    return f"{PREFIX}{name.upper()} {'is not set' if is_missing else f'cannot be used: {message}'}"
