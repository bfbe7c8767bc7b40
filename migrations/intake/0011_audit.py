"""The audit names cases and is chained; ended sessions and accused units are known."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011_audit"
down_revision = "0009_vault"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("audit", sa.Column("cases", postgresql.ARRAY(sa.Text()), nullable=True))
    op.create_index("ix_audit_cases", "audit", ["cases"], postgresql_using="gin")
    op.create_table(
        "audit_links",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("entry_digest", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_links")),
        sa.UniqueConstraint("entry", name=op.f("uq_audit_links_entry")),
    )
    op.add_column("reports", sa.Column("accused_path", sa.Text(), nullable=True))
    op.create_table(
        "ended_sessions",
        sa.Column("voice", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("voice", name=op.f("pk_ended_sessions")),
    )


def downgrade() -> None:
    op.drop_table("ended_sessions")
    op.drop_column("reports", "accused_path")
    op.drop_table("audit_links")
    op.drop_index("ix_audit_cases", table_name="audit")
    op.drop_column("audit", "cases")
