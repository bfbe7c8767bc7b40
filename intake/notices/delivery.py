"""The one interface that notices leave by, its adapters for one machine, and which adapters an installation has.

Between the vault and an adapter is the only place where an address lives; it is in no error, no log and no answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from uuid import NAMESPACE_OID, UUID, uuid5

import typer

from intake.notices.choices import Way
from intake.notices.occasions import Occasion
from intake.notices.wording import Language


@dataclass(frozen=True)
class Notice:
    """What is to be sent. `facts` fill the template and never say who somebody is; `text` is the whole of it."""

    notification: UUID
    occasion: Occasion
    version: str
    language: Language
    facts: Mapping[str, str] = field(repr=False)
    text: str = field(repr=False)

    @property
    def template(self) -> str:
        return f"{self.occasion} {self.version} {self.language}"

    @property
    def id(self) -> UUID:
        """The same for the same words of the same notification: a provider sends it once however often it is asked."""
        return uuid5(self.notification, self.text)


class Undeliverable(Exception):
    """The provider says that nobody is at this address: another way may do, trying again will not.

    `reason` is the provider's code and nothing of the address.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"undeliverable: {reason}")
        self.reason = reason


class ProviderRefused(Exception):
    """The provider refuses us (a key, a template, a permission): counted, and held for a person after the last time."""


class Notifier(Protocol):
    """A way to tell somebody something. Raises Undeliverable, ProviderRefused, or `Unreachable` to be asked again."""

    name: str

    async def send(self, to: str, notice: Notice) -> str | None:
        """The provider's own id of the message. The same notice again is sent once, where that can be helped."""


class ConsoleNotifier:
    """Prints the template's key, the case number, and the link that a phone would have got: to whom is never said."""

    name = "console"

    async def send(self, to: str, notice: Notice) -> str | None:
        told = [notice.template.replace(" ", "/"), notice.facts["case_no"], notice.facts.get("link", "")]
        typer.echo("notice " + " ".join(part for part in told if part))
        return None


class MuteNotifier:
    """Says nothing to anybody: for plays and measurements, where no citizen waits."""

    name = "mute"

    async def send(self, to: str, notice: Notice) -> str | None:
        """Nothing; the notification is noted as sent all the same."""
        return None


Notifiers = Mapping[Way, Notifier]


def once(case_no: str, what: str) -> UUID:
    """The name of a notification that is made once for a case, whatever is heard twice."""
    return uuid5(NAMESPACE_OID, f"notice {case_no} {what}")
