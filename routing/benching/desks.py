"""Those who ask for lists: one of every role at every height of the city, each with a key of the bench's own."""

from dataclasses import dataclass
from uuid import UUID, uuid5

from sqlalchemy import Connection, text

from routing.catalogue import Catalogue
from routing.city import Level
from services.identity import mint
from services.roles import Role

NAMES = UUID("6f1d4a3e-2b57-4c7e-9d0a-51c1b0a3e7d2")


@dataclass(frozen=True)
class Desk:
    """Somebody who asks: the role, how high the unit stands, the unit, the key."""

    role: Role
    height: str
    unit: str
    key: str

    @property
    def name(self) -> str:
        return f"{self.role} {self.height}"


def officers(catalogue: Catalogue) -> dict[str, UUID]:
    """One officer for each committee."""
    return {
        unit.code: uuid5(NAMES, unit.code)
        for unit in catalogue.city.units
        if unit.level is Level.COMMITTEE and not unit.function
    }


def hire(connection: Connection, catalogue: Catalogue) -> list[Desk]:
    street, committee = "310101023", "310101023006"
    places = {"city": "31", "district": "310101", "street": street, "committee": committee}
    wanted = [
        (Role.AUDITOR, "city"), (Role.DISPATCHER, "city"), (Role.SUPERVISOR, "city"), (Role.DISPATCHER, "district"),
        (Role.SUPERVISOR, "district"), (Role.LEADER, "district"), (Role.DISPATCHER, "street"),
        (Role.SUPERVISOR, "street"), (Role.LEADER, "street"), (Role.OFFICER, "street"), (Role.OFFICER, "committee"),
    ]  # fmt: skip
    desks = [_hired(connection, role, height, places[height]) for role, height in wanted]
    office = next(unit for unit in catalogue.city.units if unit.function and unit.parent == places["district"])
    return [*desks, _hired(connection, Role.OFFICER, "department", office.code)]


def _hired(connection: Connection, role: Role, height: str, unit: str) -> Desk:
    key, key_id, digest = mint()
    person = uuid5(NAMES, unit if role is Role.OFFICER else f"{role} {unit}")
    told = {
        "person": person,
        "role": role.value,
        "unit": unit,
        "key": key_id,
        "digest": digest,
        "grant": uuid5(person, role),
    }
    for statement in _HIRED:
        connection.execute(text(statement), told)
    return Desk(role, height, unit, key)


_HIRED = (
    "INSERT INTO people (id, name, machine, active, version) VALUES (:person, :role, false, true, 1)",
    "INSERT INTO grants (id, person, role, unit, version) VALUES (:grant, :person, :role, :unit, 1)",
    "INSERT INTO keys (id, person, digest, version) VALUES (:key, :person, :digest, 1)",
)
