"""An index for parts of addresses, on PostgreSQL, where its extension pg_trgm may be had.

Without it the search finds the same and reads all addresses of a roll to do so. SQLite has no such index and needs
none: it reads 103,000 addresses in some 50 ms.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

INDEX = "values_by_part_of_address"


def upgrade() -> None:
    """Make the extension and the index, or go on without both where the right or the extension is not there."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    step = connection.begin_nested()
    try:
        connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
        connection.execute(sa.text(f"CREATE INDEX {INDEX} ON released_values USING gin (address_key gin_trgm_ops)"))
    except sa.exc.DBAPIError:
        step.rollback()
    else:
        step.commit()


def downgrade() -> None:
    """Remove the index; the extension may serve others."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP INDEX IF EXISTS {INDEX}")
