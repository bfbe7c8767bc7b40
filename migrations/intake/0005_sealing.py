"""Daily seals over the timelines: the roots, and how far each chain had come."""

import sqlalchemy as sa
from alembic import op

revision = "0005_sealing"
down_revision = "0004_codes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seals",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.Column("heads", sa.Integer(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_seals")),
    )
    op.create_index(op.f("ix_seals_day"), "seals", ["day"])
    op.create_table(
        "sealed_heads",
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seal", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["seal"], ["seals.number"], name=op.f("fk_sealed_heads_seal_seals")),
        sa.PrimaryKeyConstraint("case_no", "number", name=op.f("pk_sealed_heads")),
    )
    op.create_index("ix_sealed_heads_seal", "sealed_heads", ["seal"])


def downgrade() -> None:
    op.drop_table("sealed_heads")
    op.drop_table("seals")
