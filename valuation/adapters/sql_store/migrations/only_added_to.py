"""How does the database itself see to it that rows are only added? Triggers, in the words of each database."""

from __future__ import annotations

from alembic import op

_REFUSAL = "rows are only ever added here"
_FUNCTION = "valuation_only_added_to"


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def make_function() -> None:
    """Make what the triggers of PostgreSQL call; SQLite needs nothing."""
    if not _is_sqlite():
        op.execute(
            f"CREATE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '%: {_REFUSAL}', TG_TABLE_NAME; END $$"
        )


def drop_function() -> None:
    """Take it away again."""
    if not _is_sqlite():
        op.execute(f"DROP FUNCTION {_FUNCTION}()")


def guard(table: str, *, changeable: str = "", columns: tuple[str, ...] = ()) -> None:
    """Refuse every change and removal of rows of a table.

    Parameters
    ----------
    table : str
    changeable : str
        The one column that may change.
    columns : tuple of str
        All others, where there is such a column.
    """
    change = f"UPDATE OF {', '.join(columns)}" if changeable else "UPDATE"
    if _is_sqlite():
        for name, what in (("change", change), ("removal", "DELETE")):
            op.execute(
                f"CREATE TRIGGER {table}_no_{name} BEFORE {what} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table}: {_REFUSAL}'); END"
            )
        return
    for name, what, each in (("change", change, "ROW"), ("removal", "DELETE", "ROW"), ("cut", "TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER {table}_no_{name} BEFORE {what} ON {table} FOR EACH {each} EXECUTE FUNCTION {_FUNCTION}()"
        )
