"""By which door a report comes in: four channels, each the tool of one role, all with one number and one clock."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Self

from services.identity import Actor, Grant
from services.problems import WrongRole, invalid
from services.roles import Role


class Channel(StrEnum):
    """热线, 窗口接待, 走访, 以及其他城市应用（Open311）."""

    HOTLINE = "hotline"
    WALK_IN = "walk_in"
    VISIT = "visit"
    OPEN311 = "open311"


class ItemType(StrEnum):
    """What the reporter wants: 咨询, 求助, 投诉举报, 建议, 表扬."""

    INQUIRY = "inquiry"
    REQUEST = "request"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    PRAISE = "praise"


ROLE_OF = {Channel.HOTLINE: Role.HOTLINE, Channel.WALK_IN: Role.CLERK, Channel.VISIT: Role.OFFICER}


@dataclass(frozen=True)
class Desk:
    """Who takes something down, and under which of their grants."""

    actor: Actor
    grant: Grant

    @classmethod
    def at(cls, actor: Actor, roles: Collection[Role], *, like: str) -> Self:
        """Where the actor follows a case up: the desk of the role that took it down, if that is one of theirs."""
        return cls(actor, min(actor.of(*roles), key=lambda grant: (grant.role != like, grant.path)))

    voice: ClassVar[str | None] = None

    @property
    def signature(self) -> dict[str, Any]:
        """As timeline entries are signed."""
        return {"by_role": self.grant.role.value, "by_person": self.actor.person, "by_unit": self.grant.unit}


@dataclass(frozen=True)
class OwnHand:
    """The reporter, who came to the status page with number and code: nobody takes it down for them."""

    actor: ClassVar[None] = None
    voice: ClassVar[str] = "reporter"
    signature: ClassVar[dict[str, Any]] = {"by_role": "reporter"}


class ChannelNotYours(WrongRole):
    """This channel belongs to another role."""

    remedy = "Post by the channel of your own role: hotline → hotline, clerk → walk_in, officer → visit."


def door(actor: Actor, channel: Channel) -> Desk:
    """The desk at which the actor posts by this channel. Raises ChannelNotYours."""
    if channel is Channel.OPEN311:
        raise invalid("channel", "comes in by Open311 alone", "post to /intake/open311/v2/requests.json, or as hotline")
    role = ROLE_OF[channel]
    if not actor.has([role]):
        detail = f"The channel {channel} is for the role {role}."
        raise ChannelNotYours(detail, channel=channel.value, roles=[role.value])
    return Desk.at(actor, [role], like=role)


def open_door(actor: Actor) -> Desk:
    """The desk of a system that speaks Open311: it has a key of the hotline role. Raises WrongRole."""
    if not actor.has([Role.HOTLINE]):
        raise WrongRole(roles=[Role.HOTLINE.value])
    return Desk.at(actor, [Role.HOTLINE], like=Role.HOTLINE)
