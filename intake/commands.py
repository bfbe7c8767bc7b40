"""intake as the composition root sees it."""

from collections.abc import Mapping

from intake.api import create_app
from intake.inbound import HANDLERS
from intake.notifications import JOB, NOTIFIERS, LinkSender
from intake.reporters import vault_of
from services.queue import Job
from services.rooms import Room, Tools


def jobs(tools: Tools) -> Mapping[str, Job]:
    """What intake's worker does beside carrying messages."""
    notifier = NOTIFIERS[tools.settings.notification_adapter]()
    return {JOB: LinkSender(tools.database, tools.peers, vault_of(tools.settings), notifier)}


ROOM = Room(name="intake", app=create_app, handlers=lambda _: HANDLERS, commands={}, jobs=jobs)
