"""Where routing begins: the floor, the queue, the catalogue (places, units, the two lists), and the orders."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None
HERE = Path(__file__).parent


def upgrade() -> None:
    """The queue's SQL is PgQueuer's own, kept as it was then: what the package says now may differ."""
    op.get_bind().exec_driver_sql((HERE / "0001_queue.sql").read_text(encoding="utf-8"))
    op.execute(sa.schema.CreateSequence(sa.Sequence("access_changes")))
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("voice", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_subject", "audit", ["subject"], unique=False)
    op.create_table(
        "grants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
    )
    op.create_index(op.f("ix_grants_person"), "grants", ["person"], unique=False)
    op.create_table(
        "idempotency_keys",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('done', 'waiting', 'ignored')", name=op.f("ck_inbox_status")),
        sa.PrimaryKeyConstraint("source", "message_id", name=op.f("pk_inbox")),
    )
    op.create_index(
        "ix_inbox_waiting",
        "inbox",
        ["subject", "sequence"],
        unique=False,
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_table(
        "keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keys")),
    )
    op.create_index(op.f("ix_keys_person"), "keys", ["person"], unique=False)
    op.create_table(
        "people",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("machine", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
    )
    op.create_table(
        "timeline",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("move", sa.Text(), nullable=False),
        sa.Column("by_role", sa.Text(), nullable=False),
        sa.Column("by_person", sa.Uuid(), nullable=True),
        sa.Column("by_unit", sa.Text(), nullable=True),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("word_digests", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timeline")),
        sa.UniqueConstraint("case_no", "number", name=op.f("uq_timeline_case_no_number")),
    )
    op.create_table(
        "timeline_words",
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("words", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("case_no", "number", name=op.f("pk_timeline_words")),
    )
    op.create_table(
        "units",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_units")),
    )
    op.create_index("ix_units_path", "units", ["path"], unique=False, postgresql_ops={"path": "text_pattern_ops"})
    op.create_table(
        "catalogue_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_catalogue_state_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_state")),
    )
    op.create_table(
        "classifiers",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("weights", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_classifiers")),
    )
    op.create_table(
        "duties",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("grid", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duties")),
    )
    op.create_index(op.f("ix_duties_grid"), "duties", ["grid"], unique=False)
    op.create_index(op.f("ix_duties_person"), "duties", ["person"], unique=False)
    op.create_index(op.f("ix_duties_unit"), "duties", ["unit"], unique=False)
    op.create_table(
        "grid_addresses",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("grid", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parity", sa.Text(), nullable=False),
        sa.Column("low", sa.Integer(), nullable=True),
        sa.Column("high", sa.Integer(), nullable=True),
        sa.Column("district", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('road', 'estate', 'building', 'alias')", name=op.f("ck_grid_addresses_kind")),
        sa.CheckConstraint("parity IN ('odd', 'even', 'all')", name=op.f("ck_grid_addresses_parity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_addresses")),
    )
    op.create_index(op.f("ix_grid_addresses_grid"), "grid_addresses", ["grid"], unique=False)
    op.create_table(
        "grids",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("covered_by", sa.Text(), nullable=True),
        sa.Column("boundary", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("boundary_source", sa.Text(), nullable=True),
        sa.Column("aliases", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "kind IN ('city', 'district', 'street', 'area', 'committee', 'micro', 'building_group', 'office', "
            "'mall', 'block')",
            name=op.f("ck_grids_kind"),
        ),
        sa.CheckConstraint(
            "level IN ('city', 'district', 'street', 'area', 'committee', 'micro', 'building')",
            name=op.f("ck_grids_level"),
        ),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_grids_valid")),
        sa.PrimaryKeyConstraint("code", "valid_from", name=op.f("pk_grids")),
    )
    op.create_index("ix_grids_parent_code", "grids", ["parent", "code"], unique=False)
    op.create_table(
        "list_versions",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("author", sa.Uuid(), nullable=True),
        sa.Column("publisher", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'checked', 'published', 'superseded')", name=op.f("ck_list_versions_state")
        ),
        sa.CheckConstraint("author <> publisher", name=op.f("ck_list_versions_second_person")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_list_versions")),
    )
    op.create_index(
        "uq_list_versions_published",
        "list_versions",
        ["state"],
        unique=True,
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_table(
        "orders",
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("item_type", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reporter", sa.Boolean(), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("split_from", sa.Text(), nullable=True),
        sa.Column("open_cases", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("settled_done", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_unit", sa.Text(), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.Column("told_address", sa.Text(), nullable=True),
        sa.Column("told_grid", sa.Text(), nullable=True),
        sa.Column("told_district", sa.Text(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("crs", sa.Text(), nullable=True),
        sa.Column("grid", sa.Text(), nullable=True),
        sa.Column("grid_name", sa.Text(), nullable=True),
        sa.Column("grid_path", sa.Text(), nullable=True),
        sa.Column("issue", sa.Text(), nullable=True),
        sa.Column("issue_name", sa.Text(), nullable=True),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("hazard", sa.Boolean(), nullable=False),
        sa.Column("evidence_needed", sa.Boolean(), nullable=False),
        sa.Column("issue_limit", sa.Text(), nullable=True),
        sa.Column("duty_limit", sa.Text(), nullable=True),
        sa.Column("explanation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("lead_unit", sa.Text(), nullable=True),
        sa.Column("lead_name", sa.Text(), nullable=True),
        sa.Column("lead_path", sa.Text(), nullable=True),
        sa.Column("desk_unit", sa.Text(), nullable=False),
        sa.Column("desk_path", sa.Text(), nullable=False),
        sa.Column("officer", sa.Uuid(), nullable=True),
        sa.Column("handler", sa.Uuid(), nullable=True),
        sa.Column("case_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contact_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("round_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("granted_limit", sa.Text(), nullable=True),
        sa.Column("review_date", sa.Date(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("rounds_allowed", sa.Integer(), nullable=False),
        sa.Column("supervised", sa.Boolean(), nullable=False),
        sa.Column("levels_raised", sa.Integer(), nullable=False),
        sa.Column("disputes", sa.Integer(), nullable=False),
        sa.Column("chases", sa.Integer(), nullable=False),
        sa.Column("appealed", sa.Boolean(), nullable=False),
        sa.Column("done", sa.Text(), nullable=True),
        sa.Column("public_answer", sa.Text(), nullable=True),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("merged_into", sa.Text(), nullable=True),
        sa.Column("waiting_children", sa.Integer(), nullable=False),
        sa.Column("reporter_left", sa.Boolean(), nullable=False),
        sa.Column("proposals_pending", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=True),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'closed') = (outcome IS NOT NULL)", name=op.f("ck_orders_closed")),
        sa.CheckConstraint("grade IN ('simple', 'complex', 'urgent')", name=op.f("ck_orders_grade")),
        sa.CheckConstraint(
            "item_type IN ('inquiry', 'request', 'complaint', 'suggestion', 'praise')", name=op.f("ck_orders_item_type")
        ),
        sa.CheckConstraint(
            "outcome IN ('resolved', 'unresolved', 'unreachable', 'not_surveyed', 'settled_on_spot', "
            "'not_accepted', 'handed_over', 'withdrawn')",
            name=op.f("ck_orders_outcome"),
        ),
        sa.CheckConstraint(
            "state IN ('discover.registered', 'discover.triage', 'handle.dispatched', 'handle.working', "
            "'handle.disputed', 'handle.deferred', 'supervise.checking', 'feedback.surveying', 'merged', "
            "'closed')",
            name=op.f("ck_orders_state"),
        ),
        sa.ForeignKeyConstraint(["merged_into"], ["orders.case_no"], name=op.f("fk_orders_merged_into_orders")),
        sa.PrimaryKeyConstraint("case_no", name=op.f("pk_orders")),
    )
    op.create_index(
        "ix_orders_desk_path", "orders", ["desk_path"], unique=False, postgresql_ops={"desk_path": "text_pattern_ops"}
    )
    op.create_index("ix_orders_desk_unit_state", "orders", ["desk_unit", "state"], unique=False)
    op.create_index("ix_orders_due_at_case_no", "orders", ["due_at", "case_no"], unique=False)
    op.create_index(
        "ix_orders_grid_path", "orders", ["grid_path"], unique=False, postgresql_ops={"grid_path": "text_pattern_ops"}
    )
    op.create_index(
        "ix_orders_lead_path", "orders", ["lead_path"], unique=False, postgresql_ops={"lead_path": "text_pattern_ops"}
    )
    op.create_index("ix_orders_lead_unit_state_due_at", "orders", ["lead_unit", "state", "due_at"], unique=False)
    op.create_index(
        "ix_orders_merged_into",
        "orders",
        ["merged_into"],
        unique=False,
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_index("ix_orders_officer_state", "orders", ["officer", "state"], unique=False)
    op.create_index("ix_orders_received_at_case_no", "orders", ["received_at", "case_no"], unique=False)
    op.create_index("ix_orders_state_state_due", "orders", ["state", "state_due"], unique=False)
    op.create_table(
        "organisations",
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("function", sa.Text(), nullable=True),
        sa.Column("grid", sa.Text(), nullable=False),
        sa.Column("grassroots", sa.Boolean(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_organisations_valid")),
        sa.PrimaryKeyConstraint("unit", name=op.f("pk_organisations")),
    )
    op.create_index(op.f("ix_organisations_grid"), "organisations", ["grid"], unique=False)
    op.create_table(
        "stations",
        sa.Column("grid", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("services", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("grid", name=op.f("pk_stations")),
    )
    op.create_table(
        "disputes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("proposed_unit", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("ruled_unit", sa.Text(), nullable=True),
        sa.Column("ruling", sa.Text(), nullable=True),
        sa.Column("ruled_by", sa.Uuid(), nullable=True),
        sa.Column("ruled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("decision IN ('dispatch', 'not_accepted')", name=op.f("ck_disputes_decision")),
        sa.ForeignKeyConstraint(["case_no"], ["orders.case_no"], name=op.f("fk_disputes_case_no_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
    )
    op.create_index("ix_disputes_case_no", "disputes", ["case_no"], unique=False)
    op.create_table(
        "issues",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("limit_amount", sa.Integer(), nullable=False),
        sa.Column("limit_unit", sa.Text(), nullable=False),
        sa.Column("filing_condition", sa.Text(), nullable=False),
        sa.Column("closing_condition", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Boolean(), nullable=False),
        sa.Column("reserved_to", sa.Text(), nullable=True),
        sa.Column("reserved_basis", sa.Text(), nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("phrases", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("questions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("keywords", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("grade IN ('simple', 'complex', 'urgent')", name=op.f("ck_issues_grade")),
        sa.CheckConstraint("limit_unit IN ('work_hours', 'working_days', 'hours')", name=op.f("ck_issues_limit_unit")),
        sa.ForeignKeyConstraint(["version"], ["list_versions.number"], name=op.f("fk_issues_version_list_versions")),
        sa.PrimaryKeyConstraint("version", "code", name=op.f("pk_issues")),
    )
    op.create_table(
        "list_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("issue", sa.Text(), nullable=True),
        sa.Column("grid", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_no"], ["orders.case_no"], name=op.f("fk_list_proposals_case_no_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_proposals")),
    )
    op.create_index(op.f("ix_list_proposals_case_no"), "list_proposals", ["case_no"], unique=False)
    op.create_table(
        "order_units",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disputed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrive_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('lead', 'co')", name=op.f("ck_order_units_role")),
        sa.ForeignKeyConstraint(["case_no"], ["orders.case_no"], name=op.f("fk_order_units_case_no_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_units")),
    )
    op.create_index(op.f("ix_order_units_case_no"), "order_units", ["case_no"], unique=False)
    op.create_index(
        "ix_order_units_path_now",
        "order_units",
        ["path"],
        unique=False,
        postgresql_ops={"path": "text_pattern_ops"},
        postgresql_where=sa.text("until IS NULL"),
    )
    op.create_table(
        "proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("move", sa.Text(), nullable=False),
        sa.Column("needs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("by_person", sa.Uuid(), nullable=False),
        sa.Column("by_role", sa.Text(), nullable=False),
        sa.Column("by_unit", sa.Text(), nullable=False),
        sa.Column("second_role", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "by_role IN ('hotline', 'clerk', 'dispatcher', 'officer', 'leader', 'supervisor', 'caller', "
            "'evaluator', 'editor', 'publisher', 'auditor', 'administrator')",
            name=op.f("ck_proposals_by_role"),
        ),
        sa.CheckConstraint(
            "move IN ('register', 'settle_on_spot', 'route', 'ask', 'dispatch', 'redirect', 'reclassify', "
            "'merge', 'follow', 'unmerge', 'decline', 'hand_over', 'accept', 'contact', 'dispute', 'rule', "
            "'transfer', 'summon', 'arrive', 'release', 'extend', 'defer', 'resume', 'raise_level', 'chase', "
            "'supervise', 'note', 'report_done', 'send_back', 'approve', 'judge', 'withdraw', 'appeal')",
            name=op.f("ck_proposals_move"),
        ),
        sa.CheckConstraint(
            "second_role IN ('hotline', 'clerk', 'dispatcher', 'officer', 'leader', 'supervisor', 'caller', "
            "'evaluator', 'editor', 'publisher', 'auditor', 'administrator')",
            name=op.f("ck_proposals_second_role"),
        ),
        sa.CheckConstraint("state IN ('pending', 'agreed', 'refused', 'void')", name=op.f("ck_proposals_state")),
        sa.ForeignKeyConstraint(["case_no"], ["orders.case_no"], name=op.f("fk_proposals_case_no_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    op.create_index("ix_proposals_case_no", "proposals", ["case_no"], unique=False)
    op.create_index(
        "uq_proposals_pending",
        "proposals",
        ["case_no", "move"],
        unique=True,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "responsibilities",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("issue", sa.Text(), nullable=False),
        sa.Column("scope_kind", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=True),
        sa.Column("lead", sa.Text(), nullable=False),
        sa.Column("co", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("power", sa.Text(), nullable=False),
        sa.Column("limit_amount", sa.Integer(), nullable=True),
        sa.Column("limit_unit", sa.Text(), nullable=True),
        sa.Column("legal_basis", sa.Text(), nullable=True),
        sa.Column("handed_down", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "limit_unit IN ('work_hours', 'working_days', 'hours') AND limit_amount IS NOT NULL OR limit_unit "
            "IS NULL AND limit_amount IS NULL",
            name=op.f("ck_responsibilities_limit_unit"),
        ),
        sa.CheckConstraint("power IN ('enforce', 'coordinate', 'inform')", name=op.f("ck_responsibilities_power")),
        sa.CheckConstraint(
            "scope_kind IN ('anywhere', 'kind', 'subtree')", name=op.f("ck_responsibilities_scope_kind")
        ),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_responsibilities_valid")),
        sa.ForeignKeyConstraint(
            ["version"], ["list_versions.number"], name=op.f("fk_responsibilities_version_list_versions")
        ),
        sa.PrimaryKeyConstraint("version", "row", name=op.f("pk_responsibilities")),
    )
    op.create_index("ix_responsibilities_version_issue", "responsibilities", ["version", "issue"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_responsibilities_version_issue", table_name="responsibilities")
    op.drop_table("responsibilities")
    op.drop_index("uq_proposals_pending", table_name="proposals", postgresql_where=sa.text("state = 'pending'"))
    op.drop_index("ix_proposals_case_no", table_name="proposals")
    op.drop_table("proposals")
    op.drop_index(
        "ix_order_units_path_now",
        table_name="order_units",
        postgresql_ops={"path": "text_pattern_ops"},
        postgresql_where=sa.text("until IS NULL"),
    )
    op.drop_index(op.f("ix_order_units_case_no"), table_name="order_units")
    op.drop_table("order_units")
    op.drop_index(op.f("ix_list_proposals_case_no"), table_name="list_proposals")
    op.drop_table("list_proposals")
    op.drop_table("issues")
    op.drop_index("ix_disputes_case_no", table_name="disputes")
    op.drop_table("disputes")
    op.drop_table("stations")
    op.drop_index(op.f("ix_organisations_grid"), table_name="organisations")
    op.drop_table("organisations")
    op.drop_index("ix_orders_state_state_due", table_name="orders")
    op.drop_index("ix_orders_received_at_case_no", table_name="orders")
    op.drop_index("ix_orders_officer_state", table_name="orders")
    op.drop_index("ix_orders_merged_into", table_name="orders", postgresql_where=sa.text("merged_into IS NOT NULL"))
    op.drop_index("ix_orders_lead_unit_state_due_at", table_name="orders")
    op.drop_index("ix_orders_lead_path", table_name="orders", postgresql_ops={"lead_path": "text_pattern_ops"})
    op.drop_index("ix_orders_grid_path", table_name="orders", postgresql_ops={"grid_path": "text_pattern_ops"})
    op.drop_index("ix_orders_due_at_case_no", table_name="orders")
    op.drop_index("ix_orders_desk_unit_state", table_name="orders")
    op.drop_index("ix_orders_desk_path", table_name="orders", postgresql_ops={"desk_path": "text_pattern_ops"})
    op.drop_table("orders")
    op.drop_index(
        "uq_list_versions_published", table_name="list_versions", postgresql_where=sa.text("state = 'published'")
    )
    op.drop_table("list_versions")
    op.drop_index("ix_grids_parent_code", table_name="grids")
    op.drop_table("grids")
    op.drop_index(op.f("ix_grid_addresses_grid"), table_name="grid_addresses")
    op.drop_table("grid_addresses")
    op.drop_index(op.f("ix_duties_unit"), table_name="duties")
    op.drop_index(op.f("ix_duties_person"), table_name="duties")
    op.drop_index(op.f("ix_duties_grid"), table_name="duties")
    op.drop_table("duties")
    op.drop_table("classifiers")
    op.drop_table("catalogue_state")
    op.drop_index("ix_units_path", table_name="units", postgresql_ops={"path": "text_pattern_ops"})
    op.drop_table("units")
    op.drop_table("timeline_words")
    op.drop_table("timeline")
    op.drop_table("people")
    op.drop_index(op.f("ix_keys_person"), table_name="keys")
    op.drop_table("keys")
    op.drop_index("ix_inbox_waiting", table_name="inbox", postgresql_where=sa.text("status = 'waiting'"))
    op.drop_table("inbox")
    op.drop_index(op.f("ix_idempotency_keys_created_at"), table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_index(op.f("ix_grants_person"), table_name="grants")
    op.drop_table("grants")
    op.drop_index("ix_audit_subject", table_name="audit")
    op.drop_table("audit")
    op.execute(sa.schema.DropSequence(sa.Sequence("access_changes")))
    op.get_bind().exec_driver_sql((HERE / "0001_queue_gone.sql").read_text(encoding="utf-8"))
