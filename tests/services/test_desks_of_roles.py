"""Where somebody lands who signed in: every desk that is offered is one the role may use."""

from services.access import ROLES
from services.roles import Role
from services.staff_pages import DESKS


def test_every_desk_that_is_offered_is_open_to_its_role() -> None:
    for role, desks in DESKS.items():
        for address, name in desks:
            _, service, path = address.split("/", 2)
            assert role in ROLES[service]["GET", f"/{path}"], (role, address)
            assert name


def test_every_role_of_a_person_has_somewhere_to_go() -> None:
    assert set(Role) - set(DESKS) == {Role.HOTLINE, Role.SUBSCRIBER}
