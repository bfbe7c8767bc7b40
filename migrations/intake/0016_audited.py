"""The audit is found by person and by time; tries of a reporter's proof are counted."""

import sqlalchemy as sa
from alembic import op

from migrations.growing import create_index, drop_index

revision = "0016_audited"
down_revision = "0015_notices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    of_people = sa.text("person IS NOT NULL")
    create_index("ix_audit_person_at_id", "audit", ["person", "at", "id"], postgresql_where=of_people)
    create_index("ix_audit_at_id", "audit", ["at", "id"])
    op.create_table(
        "proof_tries",
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_no"], ["reports.case_no"], name=op.f("fk_proof_tries_case_no_reports")),
        sa.PrimaryKeyConstraint("case_no", name=op.f("pk_proof_tries")),
    )


def downgrade() -> None:
    drop_index("ix_audit_at_id", "audit")
    drop_index("ix_audit_person_at_id", "audit")
    op.drop_table("proof_tries")
