"""Rows of a company kept apart by PostgreSQL itself: which tables, and by what."""

from __future__ import annotations

from typing import Any

from psycopg.sql import SQL, Identifier

POLICY = "rows_of_a_company"
"""Another condition would need another name: a policy that is there is left as it is."""
SEES = "tenant = current_setting('parley.tenant', true) OR current_setting('parley.tenant', true) = '*'"
"""Which rows are there for a transaction. Where nobody has said whose it is for, none."""

WITHOUT = {
    "parts": "searched with LIKE, which a policy would keep from its index; each question asks `terms` as well",
    "texts": "searched with @@, which a policy would keep from its index; each question asks `interactions` as well",
}
"""Tables of a generation with a column `tenant` and no policy, each with the reason. They hold words, no texts."""

_LACKING = """
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant' AND NOT a.attisdropped
WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('r', 'p')
    AND regexp_replace(c.relname, '_[0-9]+$', '') <> ALL (%s)
    AND NOT (c.relrowsecurity AND c.relforcerowsecurity
        AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = %s))
ORDER BY c.relname
"""


def keep_apart(cursor: Any, schema: str) -> None:
    """Every table of the schema with a company's rows gets its policy, where it is missing; it holds for the tables' owner too.

    Whoever is not the tables' owner is refused with ProgrammingError. Nothing is locked where nothing is missing.
    """
    cursor.execute(_LACKING, (schema, list(WITHOUT), POLICY))
    for row in cursor.fetchall():
        names = {"table": Identifier(schema, row["relname"]), "policy": Identifier(POLICY)}
        for text in (
            "DROP POLICY IF EXISTS {policy} ON {table}",
            f"CREATE POLICY {{policy}} ON {{table}} USING ({SEES})",
            "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        ):
            cursor.execute(SQL(text).format(**names))
