"""The bridge to the hotline: changes, subscriptions, dead letters, mappings, and codes as they were told."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014_bridge"
down_revision = "0013_retention"
branch_labels = None
depends_on = None

TABLES = (
    "told_codes", "mapping_rows", "mapping_versions", "dead_letters", "subscriptions", "case_changes", "told_changes",
)  # fmt: skip


def _facts() -> list[sa.Column[object]]:
    """What a change says, before and after it is numbered."""
    return [
        sa.Column("client", sa.Uuid(), nullable=False),
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("move", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("traceparent", sa.Text(), nullable=True),
    ]


def upgrade() -> None:
    op.create_table(
        "told_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        *_facts(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_told_changes")),
    )
    op.create_table(
        "case_changes",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        *_facts(),
        sa.ForeignKeyConstraint(["case_no"], ["reports.case_no"], name=op.f("fk_case_changes_case_no_reports")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_case_changes")),
    )
    op.create_index("ix_case_changes_client_position", "case_changes", ["client", "position"])
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client", sa.Uuid(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kinds", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("old_salt", sa.LargeBinary(), nullable=True),
        sa.Column("old_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("rest_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
    )
    op.create_index(op.f("ix_subscriptions_client"), "subscriptions", ["client"])
    op.create_table(
        "dead_letters",
        sa.Column("subscription", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("again_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscription"], ["subscriptions.id"], name=op.f("fk_dead_letters_subscription_subscriptions")
        ),
        sa.ForeignKeyConstraint(
            ["position"], ["case_changes.position"], name=op.f("fk_dead_letters_position_case_changes")
        ),
        sa.PrimaryKeyConstraint("subscription", "position", name=op.f("pk_dead_letters")),
    )
    _mappings()


def _mappings() -> None:
    op.create_table(
        "mapping_versions",
        sa.Column("number", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("client", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'published', 'replaced', 'refused')", name=op.f("ck_mapping_versions_state")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_mapping_versions")),
    )
    op.create_index("ix_mapping_versions_client", "mapping_versions", ["client"])
    op.create_index(
        "uq_mapping_versions_published", "mapping_versions", ["client"], unique=True,
        postgresql_where=sa.text("state = 'published'"),
    )  # fmt: skip
    op.create_table(
        "mapping_rows",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("theirs", sa.Text(), nullable=False),
        sa.Column("ours", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('issue', 'area', 'item_type', 'state')", name=op.f("ck_mapping_rows_kind")),
        sa.ForeignKeyConstraint(
            ["version"], ["mapping_versions.number"], name=op.f("fk_mapping_rows_version_mapping_versions")
        ),
        sa.PrimaryKeyConstraint("version", "line", name=op.f("pk_mapping_rows")),
    )
    op.create_index("ix_mapping_rows_version_kind_theirs", "mapping_rows", ["version", "kind", "theirs"])
    op.create_table(
        "told_codes",
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("client", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("ours", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('issue', 'area', 'item_type')", name=op.f("ck_told_codes_kind")),
        sa.ForeignKeyConstraint(["case_no"], ["reports.case_no"], name=op.f("fk_told_codes_case_no_reports")),
        sa.PrimaryKeyConstraint("case_no", "kind", name=op.f("pk_told_codes")),
    )
    op.create_index(
        "ix_told_codes_unknown", "told_codes", ["client", "kind", "code"], postgresql_where=sa.text("ours IS NULL")
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
