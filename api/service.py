"""What is the running service made of? Its parts, put together once in `main.py` and handed to the routes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from api.gathering import Gathering
from api.settings import Settings
from valuation.appraisal.bundle import Bundle


@dataclass
class Service:
    """The parts."""

    settings: Settings
    bundle: Bundle
    gathering: Gathering
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
