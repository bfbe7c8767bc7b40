"""Which codes of a deliberation are handed out for which grid, on paper or by message."""

import sqlalchemy as sa
from alembic import op

revision = "0004_codes"
down_revision = "0003_accounts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "code_hand_outs",
        sa.Column("deliberation", sa.Uuid(), nullable=False),
        sa.Column("grid", sa.Text(), nullable=False),
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("hand_out", sa.Text(), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made", sa.Integer(), nullable=True),
        sa.Column("printed", sa.Integer(), nullable=False),
        sa.CheckConstraint("hand_out IN ('sheet', 'message')", name=op.f("ck_code_hand_outs_hand_out")),
        sa.ForeignKeyConstraint(["case_no"], ["reports.case_no"], name=op.f("fk_code_hand_outs_case_no_reports")),
        sa.PrimaryKeyConstraint("deliberation", "grid", name=op.f("pk_code_hand_outs")),
    )
    op.create_index(op.f("ix_code_hand_outs_case_no"), "code_hand_outs", ["case_no"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_code_hand_outs_case_no"), table_name="code_hand_outs")
    op.drop_table("code_hand_outs")
