"""An index: what somebody decided last is found without reading the whole record."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the index."""
    op.create_index("events_by_actor", "audit_events", ["actor", "number"])


def downgrade() -> None:
    """Remove the index: nothing is lost."""
    op.drop_index("events_by_actor", "audit_events")
