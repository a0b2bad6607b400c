"""Rolls, cases, the record and answers: the tables that the service begins with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from valuation.adapters.sql_store.migrations.only_added_to import drop_function, guard, make_function

revision = "0001"
down_revision = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
ROLL_COLUMNS = (
    *("roll_id", "jurisdiction", "currency", "valuation_date", "model_version", "manifest_sha256", "data_hash"),
    *("values_sha256", "run_folder", "released_at", "released_by", "n_dwellings"),
)


def text(name: str, *, needed: bool = True) -> sa.Column:
    """Return a column of text."""
    return sa.Column(name, TEXT, nullable=not needed)


def number(name: str, kind: sa.types.TypeEngine, *, needed: bool = False) -> sa.Column:
    """Return a column of numbers."""
    return sa.Column(name, kind, nullable=not needed)


def upgrade() -> None:
    """Make the tables."""
    make_function()
    _make_rolls()
    _make_values()
    _make_cases()
    _make_record()


def _make_rolls() -> None:
    op.create_table(
        "released_rolls",
        *(text(name) for name in ROLL_COLUMNS[:-1]),
        number("n_dwellings", sa.BigInteger(), needed=True),
        number("is_in_force", sa.Boolean(), needed=True),
        sa.PrimaryKeyConstraint("roll_id"),
    )
    is_in_force = sa.text("is_in_force")
    op.create_index(
        "one_roll_in_force",
        "released_rolls",
        ["jurisdiction"],
        unique=True,
        sqlite_where=is_in_force,
        postgresql_where=is_in_force,
    )
    guard("released_rolls", changeable="is_in_force", columns=ROLL_COLUMNS)


def _make_values() -> None:
    op.create_table(
        "released_values",
        *(text(name) for name in ("value_id", "roll_id", "dwelling_id")),
        *(text(name, needed=False) for name in ("address", "property_id", "market_area", "dwelling_type")),
        *(number(name, sa.Double()) for name in ("x_m", "y_m")),
        *(number(name, sa.BigInteger()) for name in ("appraised_value", "lower_value", "upper_value")),
        number("coverage", sa.Double(), needed=True),
        text("accuracy_class", needed=False),
        number("prior_value", sa.BigInteger()),
        *(number(name, sa.Double()) for name in ("error_risk", "expected_error", "expected_tax_error")),
        text("flags"),
        number("looked_at", sa.Boolean(), needed=True),
        *(text(name) for name in ("record", "explanation_sha256", "unit_key", "address_key")),
        sa.PrimaryKeyConstraint("value_id"),
        sa.ForeignKeyConstraint(["roll_id"], ["released_rolls.roll_id"]),
        sa.UniqueConstraint("roll_id", "dwelling_id", name="one_value_a_dwelling"),
    )
    for name, columns in (
        ("values_by_property", ["roll_id", "property_id", "dwelling_id"]),
        ("values_by_unit", ["roll_id", "unit_key", "dwelling_id"]),
        ("values_by_address", ["roll_id", "address_key", "dwelling_id"]),
        ("values_by_area", ["roll_id", "market_area", "dwelling_id"]),
        ("values_by_place", ["roll_id", "x_m", "y_m", "dwelling_id"]),
    ):
        op.create_index(name, "released_values", columns)
    op.create_table(
        "released_flags",
        *(text(name) for name in ("roll_id", "code", "dwelling_id")),
        sa.PrimaryKeyConstraint("roll_id", "code", "dwelling_id"),
        sa.ForeignKeyConstraint(["roll_id", "dwelling_id"], ["released_values.roll_id", "released_values.dwelling_id"]),
    )
    guard("released_values")
    guard("released_flags")


def _make_cases() -> None:
    op.create_table(
        "review_cases",
        *(text(name) for name in ("case_id", "roll_id", "dwelling_id", "value_id", "opened_at", "state")),
        number("version", sa.BigInteger(), needed=True),
        *(text(name, needed=False) for name in ("market_area", "dwelling_type", "reserved_by", "returned_to")),
        number("is_blind", sa.Boolean(), needed=True),
        number("appraised_value", sa.BigInteger()),
        *(number(name, sa.Double()) for name in ("error_risk", "expected_tax_error")),
        number("opened_us", sa.BigInteger(), needed=True),
        text("document"),
        sa.PrimaryKeyConstraint("case_id"),
        sa.UniqueConstraint("roll_id", "dwelling_id", name="one_case_a_dwelling"),
    )
    op.create_index("cases_by_state", "review_cases", ["roll_id", "state"])
    op.create_table(
        "case_flags",
        *(text(name) for name in ("case_id", "code")),
        sa.PrimaryKeyConstraint("case_id", "code"),
        sa.ForeignKeyConstraint(["case_id"], ["review_cases.case_id"]),
    )
    op.create_index("cases_by_flag", "case_flags", ["code", "case_id"])


def _make_record() -> None:
    op.create_table(
        "audit_events",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        *(text(name) for name in ("at", "actor", "action", "subject_kind", "subject_id", "details")),
        *(text(name) for name in ("previous_sha256", "sha256")),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("previous_sha256", name="no_event_has_two_successors"),
    )
    op.create_index("events_by_subject", "audit_events", ["subject_kind", "subject_id", "number"])
    op.create_table(
        "idempotent_answers",
        *(text(name) for name in ("actor", "key", "route", "body_sha256", "body")),
        number("status", sa.Integer(), needed=True),
        sa.PrimaryKeyConstraint("actor", "key"),
    )
    guard("audit_events")


def downgrade() -> None:
    """Remove the tables, with all that stands in them."""
    for name in (
        *("idempotent_answers", "audit_events", "case_flags", "review_cases"),
        *("released_flags", "released_values", "released_rolls"),
    ):
        op.drop_table(name)
    drop_function()
