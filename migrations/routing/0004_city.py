"""The version of the city apart from that of the lists: a publication need not load the city anew."""

import sqlalchemy as sa
from alembic import op

revision = "0004_city"
down_revision = "0003_rate"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("catalogue_state", sa.Column("city", sa.Integer(), nullable=False, server_default="1"))
    op.alter_column("catalogue_state", "city", server_default=None)


def downgrade() -> None:
    op.drop_column("catalogue_state", "city")
