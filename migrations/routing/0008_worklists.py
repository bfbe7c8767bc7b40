"""Worklists: tags, indexes that fit the lists, the letters of every text, and views that people save."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008_worklists"
down_revision = "0007_clocks"
branch_labels = None
depends_on = None

OPEN = sa.text(
    "state IN ('discover.registered', 'discover.triage', 'handle.dispatched', 'handle.working', 'handle.disputed', "
    "'handle.deferred', 'supervise.checking', 'feedback.surveying')"
)
PREFIX = "text_pattern_ops"
NOW = sa.text("until IS NULL AND role = 'co'")
INDEXES: dict[str, tuple[list[str], dict[str, Any]]] = {
    "ix_orders_open_due": (
        ["due_at", "case_no"],
        {"postgresql_include": ["state", "desk_path", "lead_path", "grade", "issue"], "postgresql_where": OPEN},
    ),
    "ix_orders_open_state_due": (
        ["state", "due_at", "case_no"],
        {
            "postgresql_include": ["desk_path", "lead_path", "lead_unit", "handler", "grade", "issue"],
            "postgresql_where": OPEN,
        },
    ),
    "ix_orders_open_lead": (
        ["lead_path", "state", "due_at"],
        {
            "postgresql_include": ["case_no", "desk_path", "lead_unit", "handler"],
            "postgresql_ops": {"lead_path": PREFIX},
            "postgresql_where": OPEN,
        },
    ),
    "ix_orders_open_desk": (
        ["desk_path", "state", "due_at"],
        {
            "postgresql_include": ["case_no", "lead_path"],
            "postgresql_ops": {"desk_path": PREFIX},
            "postgresql_where": OPEN,
        },
    ),
    "ix_orders_lead_received": (
        ["lead_path", "received_at", "case_no"],
        {"postgresql_include": ["desk_path"], "postgresql_ops": {"lead_path": PREFIX}},
    ),
    "ix_orders_desk_received": (
        ["desk_path", "received_at", "case_no"],
        {"postgresql_include": ["lead_path"], "postgresql_ops": {"desk_path": PREFIX}},
    ),
    "ix_orders_issue_received": (["issue", "received_at", "case_no"], {"postgresql_ops": {"issue": PREFIX}}),
    "ix_orders_handler": (["handler"], {"postgresql_where": sa.text("handler IS NOT NULL")}),
    "ix_orders_tags": (["tags"], {"postgresql_using": "gin"}),
    "ix_orders_state_received": (["state", "received_at", "case_no"], {}),
}
OLD: dict[str, tuple[list[str], dict[str, Any]]] = {
    "ix_orders_lead_path": (["lead_path"], {"postgresql_ops": {"lead_path": PREFIX}}),
    "ix_orders_desk_path": (["desk_path"], {"postgresql_ops": {"desk_path": PREFIX}}),
}
TEXT_PAIRS = """
CREATE FUNCTION text_pairs(words text) RETURNS integer[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT ARRAY(
        SELECT DISTINCT ((ascii(letter) & 65535) << 16) | (ascii(following) & 65535)
        FROM (
            SELECT letter, lead(letter) OVER (ORDER BY place) AS following
            FROM unnest(string_to_array(lower(words), NULL)) WITH ORDINALITY AS letters(letter, place)
        ) AS neighbours
        WHERE following IS NOT NULL
    )
$$
"""
KEEP = """
CREATE FUNCTION keep_order_text() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO order_texts (case_no, district, pairs) VALUES (NEW.case_no, NEW.district, text_pairs(NEW.text))
    ON CONFLICT (case_no) DO UPDATE SET pairs = EXCLUDED.pairs;
    RETURN NULL;
END
$$
"""
TRIGGER = """
CREATE TRIGGER keep_order_text AFTER INSERT OR UPDATE OF text ON orders
FOR EACH ROW EXECUTE FUNCTION keep_order_text()
"""


def upgrade() -> None:
    """Pairs of letters are two code points of the basic plane in one integer; rarer ones may share one."""
    json = postgresql.JSONB(astext_type=sa.Text())
    op.add_column(
        "orders", sa.Column("tags", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)
    )
    for name in OLD:
        op.drop_index(name, table_name="orders")
    for name, (columns, options) in INDEXES.items():
        op.create_index(name, "orders", columns, **options)
    awaited: dict[str, Any] = {"postgresql_ops": {"path": PREFIX}, "postgresql_where": NOW}
    op.create_index("ix_order_units_awaited", "order_units", ["path", "case_no"], **awaited)
    op.create_table(
        "order_texts",
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("pairs", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_no"], ["orders.case_no"], name=op.f("fk_order_texts_case_no_orders"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_no", name=op.f("pk_order_texts")),
    )
    for statement in (TEXT_PAIRS, KEEP, TRIGGER):
        op.execute(statement)
    op.execute("INSERT INTO order_texts SELECT case_no, district, text_pairs(text) FROM orders")
    op.create_index("ix_order_texts_pairs", "order_texts", ["pairs"], postgresql_using="gin")
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("filters", json, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("person", "name", name=op.f("uq_saved_views_person_name")),
    )


def downgrade() -> None:
    op.drop_table("saved_views")
    op.execute("DROP TRIGGER keep_order_text ON orders")
    op.drop_table("order_texts")
    op.execute("DROP FUNCTION keep_order_text()")
    op.execute("DROP FUNCTION text_pairs(text)")
    op.drop_index("ix_order_units_awaited", table_name="order_units")
    for name in INDEXES:
        op.drop_index(name, table_name="orders")
    for name, (columns, options) in OLD.items():
        op.create_index(name, "orders", columns, **options)
    op.drop_column("orders", "tags")
