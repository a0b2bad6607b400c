"""How are rolls, cases and the record kept in SQLite or PostgreSQL? One writer at a time, all or nothing.

Both databases behave alike: a block of writes waits its turn, reads and writes, and becomes true as a whole. Tables are
made by the migrations in `migrations/`; entries of the record and released values are only ever added, which triggers
of the database see to.
"""
