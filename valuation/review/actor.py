"""Who does something here? A person or a machine with roles and a part of the municipality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["reader", "caseworker", "second_reader", "analyst", "administrator", "auditor"]
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True)
class Actor:
    """Who acts: an identity of the office, never a name or a national identity number."""

    user_id: str
    roles: frozenset[Role]
    districts: frozenset[str] | None = None
    """Market areas this actor may see and work in; None for all of them."""

    def sees(self, market_area: str | None) -> bool:
        """Return whether a dwelling of this market area lies within the actor's part of the municipality."""
        return self.districts is None or market_area in self.districts
