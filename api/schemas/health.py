"""How does the service say how it is?"""

from __future__ import annotations

from datetime import date
from typing import Literal

from api.schemas.wire import Sent


class Alive(Sent):
    """The process can answer."""

    status: Literal["live"]


class Ready(Sent):
    """The service can value."""

    status: Literal["ready"]
    model_version: str


class Version(Sent):
    """Which service this is."""

    version: str
    model_version: str
    jurisdiction: str
    currency: str
    valuation_date: date
    is_synthetic: bool
