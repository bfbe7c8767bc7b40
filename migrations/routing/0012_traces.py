"""A message that waits keeps the trace it was said in."""

import sqlalchemy as sa
from alembic import op

revision = "0012_traces"
down_revision = "0011_audit"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inbox", sa.Column("traceparent", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("inbox", "traceparent")
