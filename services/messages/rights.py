"""Who may act: units, people, roles and keys as each service keeps its copy, and sessions that are over."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from services.messages.envelope import Message
from services.roles import Role


class UnitFact(BaseModel):
    """A unit of the unit tree as the access check needs it."""

    code: str
    name: str
    level: str
    parent: str | None
    path: str
    closed_at: AwareDatetime | None = None
    version: int = 1


class PersonFact(BaseModel):
    """Somebody (or a machine) who may act."""

    id: UUID
    name: str
    machine: bool = False
    active: bool = True
    version: int = 1


class GrantFact(BaseModel):
    """A role in a unit."""

    id: UUID
    person: UUID
    role: Role
    unit: str
    ended_at: AwareDatetime | None = None
    version: int = 1


class KeyFact(BaseModel):
    """A key by its digest; the key itself is shown once and kept nowhere."""

    id: str
    person: UUID
    digest: str
    scope: str | None = None
    expires_at: AwareDatetime | None = None
    revoked_at: AwareDatetime | None = None
    version: int = 1


class SignerFact(BaseModel):
    """The public half of the key that routing signs passes and tokens with."""

    id: str
    public: str
    ended_at: AwareDatetime | None = None
    version: int = 1


class AccessChanged(Message):
    """People, units, roles or keys changed: the rows as they are now; each row's `version` grows with its changes."""

    type: ClassVar[str] = "access.changed"
    units: tuple[UnitFact, ...] = ()
    people: tuple[PersonFact, ...] = ()
    grants: tuple[GrantFact, ...] = ()
    keys: tuple[KeyFact, ...] = ()
    signers: tuple[SignerFact, ...] = ()


class SessionsEnded(Message):
    """Somebody signed out, or was signed out: passes of these sessions open nothing any longer."""

    type: ClassVar[str] = "sessions.ended"
    voices: tuple[str, ...]
    at: AwareDatetime


class StaffChanged(Message):
    """The evaluation body's own people, roles and keys: feedback makes them, out of routing's reach."""

    type: ClassVar[str] = "staff.changed"
    units: tuple[UnitFact, ...] = ()
    people: tuple[PersonFact, ...] = ()
    grants: tuple[GrantFact, ...] = ()
    keys: tuple[KeyFact, ...] = ()
