"""Looks at the spot by evaluators; and an index of lines by month and node, for figures that name two things."""

import sqlalchemy as sa
from alembic import op

revision = "0016_onsite"
down_revision = "0013_retention"
branch_labels = None
depends_on = None
WAYS = "via IN ('callback', 'page', 'caller', 'correction')"
WAYS_NOW = "via IN ('callback', 'page', 'caller', 'correction', 'on_site')"
KEYS = """
CREATE FUNCTION figure_keys(day date, grids text[], units text[], issues text[], channel text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_agg((extract(year FROM $1) * 100 + extract(month FROM $1))::int || node.key)
    FROM (
        SELECT 'g' || code AS key FROM unnest($2) AS code
        UNION ALL SELECT 'u' || code FROM unnest($3) AS code
        UNION ALL SELECT 'i' || code FROM unnest($4) AS code
        UNION ALL SELECT 'c' || $5
    ) AS node
$$
"""


def upgrade() -> None:
    _ways(WAYS_NOW)
    op.execute(KEYS)
    named = sa.text("figure_keys(day, grid_chain, unit_chain, issue_chain, channel)")
    op.create_index("ix_figure_lines_keys", "figure_lines", [named], postgresql_using="gin")


def downgrade() -> None:
    """What was found at the spot is no citizen's rating, and goes; a survey it answered stays as it ended."""
    op.drop_index("ix_figure_lines_keys", table_name="figure_lines")
    op.execute("DROP FUNCTION figure_keys")
    op.execute("DELETE FROM photos USING answers a WHERE answer = a.id AND a.via = 'on_site'")
    op.execute("UPDATE verdicts SET answer = NULL FROM answers a WHERE answer = a.id AND a.via = 'on_site'")
    op.execute("DELETE FROM late_appeals USING answers a WHERE answer = a.id AND a.via = 'on_site'")
    op.execute("DELETE FROM answers WHERE via = 'on_site'")
    _ways(WAYS)


def _ways(rule: str) -> None:
    for table in ("attempts", "answers"):
        op.drop_constraint(op.f(f"ck_{table}_via"), table)
        op.create_check_constraint(op.f(f"ck_{table}_via"), table, rule)
