"""What is somebody told of themselves?"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.schemas.wire import Sent
from valuation.review.actor import Role


class Me(Sent):
    """Who the service takes the caller for."""

    user_id: str = Field(description="Identity of the office; of a machine `token:` and its name.")
    display_name: str = Field(description="How a person is greeted; in no record.")
    roles: list[Role]
    districts: list[str] | None = Field(description="Market areas the caller may see; null for all of them.")
    by: Literal["session", "token"]
    is_demo: bool = Field(description="Whether it is a demo user.")
    csrf_token: str | None = Field(description="What a browser sends along with everything that changes something.")
    ends_at: datetime | None = Field(description="When the session ends at the latest.")
