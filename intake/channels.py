"""By which door a report comes in: three channels, each the tool of one role, all with one number and one clock."""

from enum import StrEnum

from services.identity import Actor, Grant
from services.problems import WrongRole
from services.roles import Role


class Channel(StrEnum):
    """热线, 窗口接待, 走访."""

    HOTLINE = "hotline"
    WALK_IN = "walk_in"
    VISIT = "visit"


class ItemType(StrEnum):
    """What the reporter wants: 咨询, 求助, 投诉举报, 建议, 表扬."""

    INQUIRY = "inquiry"
    REQUEST = "request"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    PRAISE = "praise"


ROLE_OF = {Channel.HOTLINE: Role.HOTLINE, Channel.WALK_IN: Role.CLERK, Channel.VISIT: Role.OFFICER}


class ChannelNotYours(WrongRole):
    """This channel belongs to another role."""

    remedy = "Post by the channel of your own role: hotline → hotline, clerk → walk_in, officer → visit."


def door(actor: Actor, channel: Channel) -> Grant:
    """The grant under which the actor posts by this channel. Raises ChannelNotYours."""
    role = ROLE_OF[channel]
    grants = actor.of(role)
    if not grants:
        raise ChannelNotYours(
            f"The channel {channel} is for the role {role}.", channel=channel.value, roles=[role.value]
        )
    return min(grants, key=lambda grant: grant.path)
