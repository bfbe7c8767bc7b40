"""Drafts of the lists: who changed them, what their check found, their model, why gaps were let through."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLE = "list_versions"


def upgrade() -> None:
    """What is published keeps the model it has been read with: the newest."""
    json = postgresql.JSONB(astext_type=sa.Text())
    op.add_column(TABLE, sa.Column("editors", json, nullable=False, server_default="[]"))
    op.add_column(TABLE, sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(TABLE, sa.Column("coverage", json, nullable=True))
    op.add_column(TABLE, sa.Column("override", sa.Text(), nullable=True))
    op.add_column(TABLE, sa.Column("model", sa.Text(), nullable=True))
    op.add_column(TABLE, sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
    op.execute("UPDATE list_versions SET changed_at = made_at")
    op.execute(
        "UPDATE list_versions SET model = (SELECT version FROM classifiers ORDER BY made_at DESC, version LIMIT 1) "
        "WHERE state = 'published'"
    )
    op.alter_column(TABLE, "changed_at", nullable=False)
    op.alter_column(TABLE, "editors", server_default=None)
    op.alter_column(TABLE, "revision", server_default=None)
    op.create_foreign_key(op.f("fk_list_versions_model_classifiers"), TABLE, "classifiers", ["model"], ["version"])
    op.create_check_constraint(op.f("ck_list_versions_model"), TABLE, "state <> 'published' OR model IS NOT NULL")
    op.execute(sa.schema.CreateSequence(sa.Sequence("list_numbers", start=2)))
    op.execute("SELECT setval('list_numbers', coalesce(max(number), 1) + 1, false) FROM list_versions")


def downgrade() -> None:
    op.execute(sa.schema.DropSequence(sa.Sequence("list_numbers")))
    op.drop_constraint(op.f("ck_list_versions_model"), TABLE, type_="check")
    op.drop_constraint(op.f("fk_list_versions_model_classifiers"), TABLE, type_="foreignkey")
    for column in ("revision", "model", "override", "coverage", "changed_at", "editors"):
        op.drop_column(TABLE, column)
