"""When each answer to a request was given: an answer is kept for days and then forgotten.

Nobody wrote down when the answers of before were given. They count from this step, so that none is forgotten too early.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
TABLE = "idempotent_answers"


def upgrade() -> None:
    """Add the moment, and the index by which old answers are found."""
    op.add_column(TABLE, sa.Column("answered_at", TEXT, nullable=True))
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    op.execute(sa.text(f"UPDATE {TABLE} SET answered_at = :now").bindparams(now=now))  # noqa: S608 - a name of ours
    # SQLite changes no column; there the table is made anew and its rows are taken over.
    with op.batch_alter_table(TABLE) as changed:
        changed.alter_column("answered_at", existing_type=TEXT, nullable=False)
    op.create_index("answers_by_age", TABLE, ["answered_at"])


def downgrade() -> None:
    """Remove both: the answers stay, and are kept for ever."""
    op.drop_index("answers_by_age", TABLE)
    with op.batch_alter_table(TABLE) as changed:
        changed.drop_column("answered_at")
