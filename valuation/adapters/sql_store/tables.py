"""Which tables hold rolls, cases, events and answers? Described once; made by the migrations.

Text is compared byte by byte on both databases (collation C on PostgreSQL), so that both sort alike and a cursor means
the same place. Documents are canonical JSON in plain text: what was hashed is what is stored.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

METADATA = sa.MetaData()

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
"""Text that is compared byte by byte."""
ONLY_ADDED_TO = ("audit_events", "released_values", "released_flags")
"""Tables whose rows are never changed or removed: triggers refuse it."""


def _column(name: str, kind: sa.types.TypeEngine, *, is_key: bool = False, is_needed: bool = False) -> sa.Column:
    return sa.Column(name, kind, primary_key=is_key, nullable=not (is_needed or is_key))


ROLLS = sa.Table(
    "released_rolls",
    METADATA,
    _column("roll_id", TEXT, is_key=True),
    *(
        _column(name, TEXT, is_needed=True)
        for name in (
            *("jurisdiction", "currency", "valuation_date", "model_version", "manifest_sha256", "data_hash"),
            *("values_sha256", "run_folder", "released_at", "released_by"),
        )
    ),
    _column("n_dwellings", sa.BigInteger(), is_needed=True),
    _column("is_in_force", sa.Boolean(), is_needed=True),
)
# Of a jurisdiction one roll is in force, whoever releases at the same time.
sa.Index(
    "one_roll_in_force",
    ROLLS.c.jurisdiction,
    unique=True,
    sqlite_where=ROLLS.c.is_in_force,
    postgresql_where=ROLLS.c.is_in_force,
)

VALUES = sa.Table(
    "released_values",
    METADATA,
    _column("value_id", TEXT, is_key=True),
    sa.Column("roll_id", TEXT, sa.ForeignKey("released_rolls.roll_id"), nullable=False),
    _column("dwelling_id", TEXT, is_needed=True),
    *(_column(name, TEXT) for name in ("address", "property_id", "market_area", "dwelling_type")),
    *(_column(name, sa.Double()) for name in ("x_m", "y_m")),
    *(_column(name, sa.BigInteger()) for name in ("appraised_value", "lower_value", "upper_value")),
    _column("coverage", sa.Double(), is_needed=True),
    _column("accuracy_class", TEXT),
    _column("prior_value", sa.BigInteger()),
    *(_column(name, sa.Double()) for name in ("error_risk", "expected_error", "expected_tax_error")),
    _column("flags", TEXT, is_needed=True),
    _column("looked_at", sa.Boolean(), is_needed=True),
    _column("record", TEXT, is_needed=True),
    _column("explanation_sha256", TEXT, is_needed=True),
    # What a search looks in, made by `valuation/rolls/search.py`; not part of the value.
    _column("unit_key", TEXT, is_needed=True),
    _column("address_key", TEXT, is_needed=True),
    sa.UniqueConstraint("roll_id", "dwelling_id", name="one_value_a_dwelling"),
)
sa.Index("values_by_property", VALUES.c.roll_id, VALUES.c.property_id, VALUES.c.dwelling_id)
sa.Index("values_by_unit", VALUES.c.roll_id, VALUES.c.unit_key, VALUES.c.dwelling_id)
# Whole: a search for a word inside an address reads this index and not the table.
sa.Index("values_by_address", VALUES.c.roll_id, VALUES.c.address_key, VALUES.c.dwelling_id)
sa.Index("values_by_area", VALUES.c.roll_id, VALUES.c.market_area, VALUES.c.dwelling_id)
sa.Index("values_by_place", VALUES.c.roll_id, VALUES.c.x_m, VALUES.c.y_m, VALUES.c.dwelling_id)

FLAGS = sa.Table(
    "released_flags",
    METADATA,
    _column("roll_id", TEXT, is_key=True),
    _column("code", TEXT, is_key=True),
    _column("dwelling_id", TEXT, is_key=True),
    sa.ForeignKeyConstraint(["roll_id", "dwelling_id"], ["released_values.roll_id", "released_values.dwelling_id"]),
)

CASES = sa.Table(
    "review_cases",
    METADATA,
    _column("case_id", TEXT, is_key=True),
    *(_column(name, TEXT, is_needed=True) for name in ("roll_id", "dwelling_id", "value_id", "opened_at", "state")),
    _column("version", sa.BigInteger(), is_needed=True),
    *(_column(name, TEXT) for name in ("market_area", "dwelling_type", "reserved_by", "returned_to")),
    _column("is_blind", sa.Boolean(), is_needed=True),
    _column("appraised_value", sa.BigInteger()),
    *(_column(name, sa.Double()) for name in ("error_risk", "expected_tax_error")),
    # Of `opened_at`, in microseconds since 1970: age is reckoned in the database, in whole numbers as in Python.
    _column("opened_us", sa.BigInteger(), is_needed=True),
    # Canonical JSON of the whole case; the columns beside it are what queries ask for.
    _column("document", TEXT, is_needed=True),
    sa.UniqueConstraint("roll_id", "dwelling_id", name="one_case_a_dwelling"),
)
sa.Index("cases_by_state", CASES.c.roll_id, CASES.c.state)

CASE_FLAGS = sa.Table(
    "case_flags",
    METADATA,
    sa.Column("case_id", TEXT, sa.ForeignKey("review_cases.case_id"), primary_key=True),
    _column("code", TEXT, is_key=True),
)
sa.Index("cases_by_flag", CASE_FLAGS.c.code, CASE_FLAGS.c.case_id)

EVENTS = sa.Table(
    "audit_events",
    METADATA,
    sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
    *(_column(name, TEXT, is_needed=True) for name in ("at", "actor", "action", "subject_kind", "subject_id")),
    _column("details", TEXT, is_needed=True),
    *(_column(name, TEXT, is_needed=True) for name in ("previous_sha256", "sha256")),
    sa.UniqueConstraint("previous_sha256", name="no_event_has_two_successors"),
)
sa.Index("events_by_subject", EVENTS.c.subject_kind, EVENTS.c.subject_id, EVENTS.c.number)
sa.Index("events_by_actor", EVENTS.c.actor, EVENTS.c.number)

ANSWERS = sa.Table(
    "idempotent_answers",
    METADATA,
    *(_column(name, TEXT, is_key=True) for name in ("actor", "key")),
    *(_column(name, TEXT, is_needed=True) for name in ("route", "body_sha256", "body")),
    _column("status", sa.Integer(), is_needed=True),
    _column("answered_at", TEXT, is_needed=True),
)
sa.Index("answers_by_age", ANSWERS.c.answered_at)

TOKENS = sa.Table(
    "access_tokens",
    METADATA,
    _column("token_id", TEXT, is_key=True),
    *(_column(name, TEXT, is_needed=True) for name in ("digest", "name", "roles")),
    _column("districts", TEXT),
    *(_column(name, TEXT, is_needed=True) for name in ("created_at", "created_by", "expires_at")),
    *(_column(name, TEXT) for name in ("revoked_at", "last_used_at")),
    sa.UniqueConstraint("digest", name="one_token_a_hash"),
)

SESSIONS = sa.Table(
    "access_sessions",
    METADATA,
    _column("digest", TEXT, is_key=True),
    *(_column(name, TEXT, is_needed=True) for name in ("user_id", "roles")),
    _column("districts", TEXT),
    *(_column(name, TEXT, is_needed=True) for name in ("display_name", "csrf_token")),
    *(_column(name, TEXT, is_needed=True) for name in ("created_at", "last_seen_at", "expires_at")),
    _column("is_demo", sa.Boolean(), is_needed=True),
)
sa.Index("sessions_by_user", SESSIONS.c.user_id)
sa.Index("sessions_by_end", SESSIONS.c.expires_at)

LOGINS = sa.Table(
    "access_logins",
    METADATA,
    _column("digest", TEXT, is_key=True),
    *(_column(name, TEXT, is_needed=True) for name in ("state", "nonce", "code_verifier", "return_to", "created_at")),
)
sa.Index("logins_by_begin", LOGINS.c.created_at)
