"""On PostgreSQL parts of addresses are found by an index where its extension may be had, else by reading them all."""

import sqlalchemy as sa

from tests.databases import new_postgresql, opened
from valuation.adapters.sql_store.database import Database
from valuation.adapters.sql_store.migration import standing, upgrade

INDEX = "values_by_part_of_address"


def has_index(database: Database) -> bool:
    with database.reading() as connection:
        named = {item["name"] for item in sa.inspect(connection).get_indexes("released_values")}
    return INDEX in named


def test_who_may_make_the_extension_gets_the_index():
    with new_postgresql() as url, opened(url, is_made=False) as database:
        upgrade(database)
        assert has_index(database)


def test_who_may_not_make_the_extension_gets_all_tables_and_no_index():
    with new_postgresql() as url, opened(url, is_made=False) as owner:
        role = f"{owner.url.database}_role"
        with owner.engine.begin() as connection:
            connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
            connection.exec_driver_sql(f"GRANT ALL ON SCHEMA public TO {role}")
        theirs = owner.url.set(username=role).render_as_string(hide_password=False)
        with opened(theirs, is_made=False) as database:
            upgrade(database)
            assert standing(database).is_current
            assert not has_index(database)
        with owner.engine.begin() as connection:
            connection.exec_driver_sql(f"DROP OWNED BY {role}")
            connection.exec_driver_sql(f"DROP ROLE {role}")
