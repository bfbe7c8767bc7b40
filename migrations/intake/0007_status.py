"""Each case has a random status code: its digest beside the report, the code itself sealed with the reporter."""

import sqlalchemy as sa
from alembic import op

revision = "0007_status"
down_revision = "0006_relay"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reports", sa.Column("status_digest", sa.LargeBinary(), nullable=True))
    op.add_column("reporters", sa.Column("status_code", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("reporters", "status_code")
    op.drop_column("reports", "status_digest")
