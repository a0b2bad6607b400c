"""Tokens of machines, sessions of people and logins on their way, each by its hash."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def text(name: str, *, needed: bool = True) -> sa.Column:
    """Return a column of text."""
    return sa.Column(name, TEXT, nullable=not needed)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "access_tokens",
        *(text(name) for name in ("token_id", "digest", "name", "roles")),
        text("districts", needed=False),
        *(text(name) for name in ("created_at", "created_by", "expires_at")),
        *(text(name, needed=False) for name in ("revoked_at", "last_used_at")),
        sa.PrimaryKeyConstraint("token_id"),
        sa.UniqueConstraint("digest", name="one_token_a_hash"),
    )
    op.create_table(
        "access_sessions",
        *(text(name) for name in ("digest", "user_id", "roles")),
        text("districts", needed=False),
        *(text(name) for name in ("display_name", "csrf_token", "created_at", "last_seen_at", "expires_at")),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("sessions_by_user", "access_sessions", ["user_id"])
    op.create_index("sessions_by_end", "access_sessions", ["expires_at"])
    op.create_table(
        "access_logins",
        *(text(name) for name in ("digest", "state", "nonce", "code_verifier", "return_to", "created_at")),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("logins_by_begin", "access_logins", ["created_at"])


def downgrade() -> None:
    """Remove the tables: everybody logs in again, and machines need new tokens."""
    for name in ("access_logins", "access_sessions", "access_tokens"):
        op.drop_table(name)
