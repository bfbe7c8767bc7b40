"""The roles a person or a machine can hold in a unit. What each may do to an order is the lifecycle's to say."""

from enum import StrEnum


class Role(StrEnum):
    """One person can hold several roles in several units; every guard names the role and the relation to the order."""

    HOTLINE = "hotline"
    """The hotline system, by key: reports, amendments, withdrawals, chases and appeals for those who call."""

    CLERK = "clerk"
    """At a walk-in station: the same as the hotline, at the desk; settles on the spot."""

    DISPATCHER = "dispatcher"
    """Of the grid centre: triage, merges, declines, redirects, reclassifies."""

    OFFICER = "officer"
    """Of a unit, in its grid or department: accepts, makes contact, disputes, reports done, visits."""

    LEADER = "leader"
    """Of a unit: transfers, summons, asks for extension and deferral, leads a deliberation."""

    SUPERVISOR = "supervisor"
    """Over a subtree of units: checks, rulings, grants, supervision, raising; never where the own team handles."""

    CALLER = "caller"
    """Call-back agent of the evaluation body: surveys by phone."""

    EVALUATOR = "evaluator"
    """Of the evaluation body: re-checks, exclusions, corrections, anomaly reviews."""

    EDITOR = "editor"
    """Drafts the lists and the grids."""

    PUBLISHER = "publisher"
    """Publishes what an editor drafted, never the own draft."""

    AUDITOR = "auditor"
    """Reads everything but identity and changes nothing."""

    SUBSCRIBER = "subscriber"
    """A system of others, by key: reads the feed of case events and the catalogue, no order and no words."""

    ADMINISTRATOR = "administrator"
    """Keeps people, units, keys and presets."""


OF_EVALUATION = frozenset({Role.CALLER, Role.EVALUATOR})
"""What only the evaluation body's own administrator grants."""
