"""Notices leave by one way: what was sent by which template, what people said about it, their id in WeCom."""

import sqlalchemy as sa
from alembic import op

revision = "0015_notices"
down_revision = "0014_bridge"
branch_labels = None
depends_on = None

SEALED = (
    "wrapped_key IS NOT NULL OR num_nonnulls(name, phone, other_phone, id_number, home, original, phone_index, "
    "other_phone_index, status_code"
)
RESULTS = "result IN ('pending', 'sent', 'delivered', 'ended', 'no_address', 'refused', 'undeliverable')"
BEFORE = "result IN ('pending', 'sent', 'ended', 'no_address')"


def upgrade() -> None:
    op.add_column("reporters", sa.Column("wecom_user", sa.LargeBinary(), nullable=True))
    _check("reporters", "erased", f"{SEALED}, wecom_user) = 0")
    op.create_table(
        "notice_choices",
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.Column("sms", sa.Boolean(), nullable=True),
        sa.Column("wecom", sa.Boolean(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("language IN ('zh', 'en')", name=op.f("ck_notice_choices_language")),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_notice_choices")),
    )
    op.add_column("notifications", sa.Column("template", sa.Text(), nullable=True))
    op.add_column("notifications", sa.Column("provider_id", sa.Text(), nullable=True))
    op.alter_column("notifications", "survey", existing_type=sa.Uuid(), nullable=True)
    op.execute("UPDATE notifications SET kind = 'registered', survey = NULL WHERE kind = 'status_code'")
    _check("notifications", "result", RESULTS)
    op.create_index("ix_notifications_case_no_at", "notifications", ["case_no", "at"])
    op.create_index(
        "ix_notifications_adapter_provider_id", "notifications", ["adapter", "provider_id"],
        postgresql_where=sa.text("provider_id IS NOT NULL"),
    )  # fmt: skip


def downgrade() -> None:
    """What went out to say how a case stands is forgotten: the tables before had no place for it."""
    op.drop_index("ix_notifications_adapter_provider_id", table_name="notifications")
    op.drop_index("ix_notifications_case_no_at", table_name="notifications")
    op.execute("UPDATE notifications SET kind = 'status_code', survey = id WHERE kind = 'registered'")
    op.execute("DELETE FROM notifications WHERE survey IS NULL")
    op.execute("UPDATE notifications SET result = 'sent' WHERE result = 'delivered'")
    op.execute("UPDATE notifications SET result = 'no_address' WHERE result IN ('refused', 'undeliverable')")
    _check("notifications", "result", BEFORE)
    op.alter_column("notifications", "survey", existing_type=sa.Uuid(), nullable=False)
    op.drop_column("notifications", "provider_id")
    op.drop_column("notifications", "template")
    op.drop_table("notice_choices")
    op.drop_constraint(op.f("ck_reporters_erased"), "reporters", type_="check")
    op.drop_column("reporters", "wecom_user")
    op.create_check_constraint(op.f("ck_reporters_erased"), "reporters", f"{SEALED}) = 0")


def _check(table: str, name: str, rule: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, rule)
