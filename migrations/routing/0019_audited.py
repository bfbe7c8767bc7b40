"""The audit is found by person and by time."""

import sqlalchemy as sa

from migrations.growing import create_index, drop_index

revision = "0019_audited"
down_revision = "0018_lists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    of_people = sa.text("person IS NOT NULL")
    create_index("ix_audit_person_at_id", "audit", ["person", "at", "id"], postgresql_where=of_people)
    create_index("ix_audit_at_id", "audit", ["at", "id"])


def downgrade() -> None:
    drop_index("ix_audit_at_id", "audit")
    drop_index("ix_audit_person_at_id", "audit")
