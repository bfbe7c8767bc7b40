"""All of a reporter sealed and erasable; who works the order; reveals with the grant they rest on."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009_vault"
down_revision = "0008_status"
branch_labels = None
depends_on = None

SEALED = ("other_phone", "id_number", "home", "other_phone_index")
GONE = (
    "wrapped_key IS NOT NULL OR num_nonnulls(name, phone, other_phone, id_number, home, original, phone_index, "
    "other_phone_index, status_code) = 0"
)


def upgrade() -> None:
    op.alter_column("reporters", "wrapped_key", existing_type=sa.LargeBinary(), nullable=True)
    for name in SEALED:
        op.add_column("reporters", sa.Column(name, sa.LargeBinary(), nullable=True))
    op.add_column("reporters", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_reporters_other_phone_index"), "reporters", ["other_phone_index"])
    op.create_check_constraint(op.f("ck_reporters_erased"), "reporters", GONE)
    op.add_column("reports", sa.Column("officer", sa.Uuid(), nullable=True))
    op.create_table(
        "reveal_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'granted', 'refused')", name=op.f("ck_reveal_requests_state")),
        sa.ForeignKeyConstraint(["case_no"], ["reports.case_no"], name=op.f("fk_reveal_requests_case_no_reports")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reveal_requests")),
    )
    op.create_index("ix_reveal_requests_case_no", "reveal_requests", ["case_no"])
    op.create_index(
        "uq_reveal_requests_pending", "reveal_requests", ["case_no", "person"], unique=True,
        postgresql_where=sa.text("state = 'pending'"),
    )  # fmt: skip
    op.add_column("disclosures", sa.Column("unit", sa.Text(), nullable=True))
    op.add_column("disclosures", sa.Column("request", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_disclosures_request_reveal_requests"), "disclosures", "reveal_requests", ["request"], ["id"]
    )


def downgrade() -> None:
    """Who was erased meanwhile goes back to a row without anything, under a key that opens nothing."""
    op.drop_constraint(op.f("fk_disclosures_request_reveal_requests"), "disclosures", type_="foreignkey")
    op.drop_column("disclosures", "request")
    op.drop_column("disclosures", "unit")
    op.drop_index("uq_reveal_requests_pending", table_name="reveal_requests")
    op.drop_index("ix_reveal_requests_case_no", table_name="reveal_requests")
    op.drop_table("reveal_requests")
    op.drop_column("reports", "officer")
    op.drop_constraint(op.f("ck_reporters_erased"), "reporters", type_="check")
    op.drop_index(op.f("ix_reporters_other_phone_index"), table_name="reporters")
    op.drop_column("reporters", "erased_at")
    for name in reversed(SEALED):
        op.drop_column("reporters", name)
    op.execute("UPDATE reporters SET wrapped_key = '' WHERE wrapped_key IS NULL")
    op.alter_column("reporters", "wrapped_key", existing_type=sa.LargeBinary(), nullable=False)
