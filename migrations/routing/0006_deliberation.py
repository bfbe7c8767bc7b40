"""Deliberations with their codes and ballots; projects, resources and needs; on the order what residents decided."""

import sqlalchemy as sa
from alembic import op

revision = "0006_deliberation"
down_revision = "0005_accounts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "projects",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("root_cause", sa.Text(), nullable=False),
        sa.Column("lead_unit", sa.Text(), nullable=False),
        sa.Column("lead_name", sa.Text(), nullable=False),
        sa.Column("lead_path", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("done", sa.Text(), nullable=True),
        sa.Column("public_answer", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'closed') = (public_answer IS NOT NULL)", name=op.f("ck_projects_answered")),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_projects_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
    )
    op.create_index(
        "ix_projects_lead_path",
        "projects",
        ["lead_path"],
        unique=False,
        postgresql_ops={"lead_path": "text_pattern_ops"},
    )
    op.create_table(
        "resources",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("grid", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("given", sa.Integer(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('venue', 'people', 'service', 'material', 'money')", name=op.f("ck_resources_kind")
        ),
        sa.CheckConstraint("state IN ('open', 'withdrawn')", name=op.f("ck_resources_state")),
        sa.CheckConstraint("given >= 0 AND given <= capacity", name=op.f("ck_resources_given")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resources")),
    )
    op.create_index(
        "ix_resources_path", "resources", ["path"], unique=False, postgresql_ops={"path": "text_pattern_ops"}
    )
    op.create_table(
        "needs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("project", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("grid", sa.Text(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("met", sa.Integer(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('venue', 'people', 'service', 'material', 'money')", name=op.f("ck_needs_kind")),
        sa.CheckConstraint("state IN ('open', 'withdrawn')", name=op.f("ck_needs_state")),
        sa.CheckConstraint("met >= 0 AND met <= amount", name=op.f("ck_needs_met")),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name=op.f("fk_needs_project_projects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_needs")),
    )
    op.create_index("ix_needs_path", "needs", ["path"], unique=False, postgresql_ops={"path": "text_pattern_ops"})
    op.create_index(op.f("ix_needs_project"), "needs", ["project"], unique=False)
    op.create_table(
        "project_cases",
        sa.Column("project", sa.Uuid(), nullable=False),
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("grid", sa.Text(), nullable=True),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("answered", sa.Text(), nullable=True),
        sa.Column("because", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "answered IN ('reported_done', 'proposed', 'not_needed')", name=op.f("ck_project_cases_answered")
        ),
        sa.ForeignKeyConstraint(["case_no"], ["orders.case_no"], name=op.f("fk_project_cases_case_no_orders")),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name=op.f("fk_project_cases_project_projects")),
        sa.PrimaryKeyConstraint("project", "case_no", name=op.f("pk_project_cases")),
    )
    op.create_index(
        "uq_project_cases_held", "project_cases", ["case_no"], unique=True, postgresql_where=sa.text("held")
    )
    op.create_table(
        "project_groups",
        sa.Column("project", sa.Uuid(), nullable=False),
        sa.Column("grid", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("progress IN ('waiting', 'working', 'done')", name=op.f("ck_project_groups_progress")),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name=op.f("fk_project_groups_project_projects")),
        sa.PrimaryKeyConstraint("project", "grid", name=op.f("pk_project_groups")),
    )
    op.create_table(
        "project_members",
        sa.Column("project", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name=op.f("fk_project_members_project_projects")),
        sa.PrimaryKeyConstraint("project", "unit", name=op.f("pk_project_members")),
    )
    op.create_index(
        "ix_project_members_path",
        "project_members",
        ["path"],
        unique=False,
        postgresql_ops={"path": "text_pattern_ops"},
    )
    op.create_table(
        "project_milestones",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project", sa.Uuid(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name=op.f("fk_project_milestones_project_projects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_milestones")),
    )
    op.create_index(op.f("ix_project_milestones_project"), "project_milestones", ["project"], unique=False)
    op.create_table(
        "allotments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("need", sa.Uuid(), nullable=False),
        sa.Column("resource", sa.Uuid(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_person", sa.Uuid(), nullable=False),
        sa.CheckConstraint("amount >= 1", name=op.f("ck_allotments_amount")),
        sa.ForeignKeyConstraint(["need"], ["needs.id"], name=op.f("fk_allotments_need_needs")),
        sa.ForeignKeyConstraint(["resource"], ["resources.id"], name=op.f("fk_allotments_resource_resources")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allotments")),
    )
    op.create_index(op.f("ix_allotments_need"), "allotments", ["need"], unique=False)
    op.create_index(op.f("ix_allotments_resource"), "allotments", ["resource"], unique=False)
    op.create_table(
        "deliberations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("threshold", sa.Text(), nullable=False),
        sa.Column("entitled", sa.Integer(), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_unit", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proposal", sa.Uuid(), nullable=True),
        sa.Column("granted_limit", sa.Text(), nullable=True),
        sa.Column("granted_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("granted_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("voted", sa.Integer(), nullable=True),
        sa.Column("option", sa.Text(), nullable=True),
        sa.Column("because", sa.Text(), nullable=True),
        sa.Column("minutes", sa.Text(), nullable=True),
        sa.Column("area_participated", sa.Double(), nullable=True),
        sa.Column("area_agreed", sa.Double(), nullable=True),
        sa.CheckConstraint(
            "(state = 'decided') = (option IS NOT NULL) OR state = 'set_aside'", name=op.f("ck_deliberations_option")
        ),
        sa.CheckConstraint("method IN ('vote', 'consensus')", name=op.f("ck_deliberations_method")),
        sa.CheckConstraint(
            "state IN ('proposed', 'open', 'decided', 'undecided', 'withdrawn', 'set_aside')",
            name=op.f("ck_deliberations_state"),
        ),
        sa.CheckConstraint("entitled >= 1", name=op.f("ck_deliberations_entitled")),
        sa.CheckConstraint("voted <= entitled", name=op.f("ck_deliberations_voted")),
        sa.ForeignKeyConstraint(["case_no"], ["orders.case_no"], name=op.f("fk_deliberations_case_no_orders")),
        sa.ForeignKeyConstraint(["proposal"], ["proposals.id"], name=op.f("fk_deliberations_proposal_proposals")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliberations")),
    )
    op.create_index("ix_deliberations_case_no", "deliberations", ["case_no"], unique=False)
    op.create_index(
        "uq_deliberations_running",
        "deliberations",
        ["case_no"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "ballots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deliberation", sa.Uuid(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("option", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deliberation"], ["deliberations.id"], name=op.f("fk_ballots_deliberation_deliberations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ballots")),
        info={"append_only": True},
    )
    op.create_index(op.f("ix_ballots_deliberation"), "ballots", ["deliberation"], unique=False)
    op.create_table(
        "deliberation_grids",
        sa.Column("deliberation", sa.Uuid(), nullable=False),
        sa.Column("grid", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("hand_out", sa.Text(), nullable=False),
        sa.CheckConstraint("hand_out IN ('sheet', 'message')", name=op.f("ck_deliberation_grids_hand_out")),
        sa.CheckConstraint("households >= 1", name=op.f("ck_deliberation_grids_households")),
        sa.ForeignKeyConstraint(
            ["deliberation"], ["deliberations.id"], name=op.f("fk_deliberation_grids_deliberation_deliberations")
        ),
        sa.PrimaryKeyConstraint("deliberation", "grid", name=op.f("pk_deliberation_grids")),
    )
    op.create_table(
        "deliberation_options",
        sa.Column("deliberation", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("votes", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["deliberation"], ["deliberations.id"], name=op.f("fk_deliberation_options_deliberation_deliberations")
        ),
        sa.PrimaryKeyConstraint("deliberation", "key", name=op.f("pk_deliberation_options")),
    )
    op.create_table(
        "deliberation_statements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deliberation", sa.Uuid(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stance", sa.Text(), nullable=False),
        sa.Column("speaker", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "speaker IN ('resident', 'committee', 'property', 'department', 'expert')",
            name=op.f("ck_deliberation_statements_speaker"),
        ),
        sa.CheckConstraint(
            "stance IN ('support', 'remark', 'objection')", name=op.f("ck_deliberation_statements_stance")
        ),
        sa.ForeignKeyConstraint(
            ["deliberation"], ["deliberations.id"], name=op.f("fk_deliberation_statements_deliberation_deliberations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliberation_statements")),
    )
    op.create_index(
        op.f("ix_deliberation_statements_deliberation"), "deliberation_statements", ["deliberation"], unique=False
    )
    op.create_table(
        "voting_codes",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("deliberation", sa.Uuid(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("spent", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deliberation"], ["deliberations.id"], name=op.f("fk_voting_codes_deliberation_deliberations")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_voting_codes")),
    )
    op.create_index(op.f("ix_voting_codes_deliberation"), "voting_codes", ["deliberation"], unique=False)
    op.add_column("orders", sa.Column("deliberating", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("orders", sa.Column("bound_by", sa.Uuid(), nullable=True))
    op.add_column("orders", sa.Column("bound_option", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("orders", "bound_option")
    op.drop_column("orders", "bound_by")
    op.drop_column("orders", "deliberating")
    op.drop_index(op.f("ix_voting_codes_deliberation"), table_name="voting_codes")
    op.drop_table("voting_codes")
    op.drop_index(op.f("ix_deliberation_statements_deliberation"), table_name="deliberation_statements")
    op.drop_table("deliberation_statements")
    op.drop_table("deliberation_options")
    op.drop_table("deliberation_grids")
    op.drop_index(op.f("ix_ballots_deliberation"), table_name="ballots")
    op.drop_table("ballots")
    op.drop_index("uq_deliberations_running", table_name="deliberations", postgresql_where=sa.text("state = 'open'"))
    op.drop_index("ix_deliberations_case_no", table_name="deliberations")
    op.drop_table("deliberations")
    op.drop_index(op.f("ix_allotments_resource"), table_name="allotments")
    op.drop_index(op.f("ix_allotments_need"), table_name="allotments")
    op.drop_table("allotments")
    op.drop_index(op.f("ix_project_milestones_project"), table_name="project_milestones")
    op.drop_table("project_milestones")
    op.drop_index("ix_project_members_path", table_name="project_members", postgresql_ops={"path": "text_pattern_ops"})
    op.drop_table("project_members")
    op.drop_table("project_groups")
    op.drop_index("uq_project_cases_held", table_name="project_cases", postgresql_where=sa.text("held"))
    op.drop_table("project_cases")
    op.drop_index(op.f("ix_needs_project"), table_name="needs")
    op.drop_index("ix_needs_path", table_name="needs", postgresql_ops={"path": "text_pattern_ops"})
    op.drop_table("needs")
    op.drop_index("ix_resources_path", table_name="resources", postgresql_ops={"path": "text_pattern_ops"})
    op.drop_table("resources")
    op.drop_index("ix_projects_lead_path", table_name="projects", postgresql_ops={"lead_path": "text_pattern_ops"})
    op.drop_table("projects")
