"""How does Alembic carry out a step? On the connection it is given, inside the transaction that is open there."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    # The transaction is the caller's: all steps become true together, or none does.
    transaction_per_migration=False,
    transactional_ddl=True,
)
context.run_migrations()
