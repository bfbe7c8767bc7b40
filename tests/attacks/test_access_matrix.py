"""Every route that needs a key × every role, from the table that guards them: whoever is not named there gets 403.

Here the roles that are to be turned away come together, as one person with all of them: who is refused with all is
refused with each. `make campaign` sends every role by itself (`GRIDLOOP_MATRIX=full`).
"""

import os

import httpx
from fortress import EVALUATION, STREET, Fortress, Route, routes, rule

from services.roles import OF_EVALUATION, Role

FULL = os.environ.get("GRIDLOOP_MATRIX") == "full"
OWN_PAGE = ("/account", "/account/password", "/account/sign-out-everywhere")
"""Whoever comes by a key has no session: their own page sends them to sign in."""


def turned_away(answer: httpx.Response) -> bool:
    return answer.status_code == 403 and rule(answer) == "wrong-role"


def unit_of(role: Role) -> str:
    return EVALUATION if role in OF_EVALUATION else STREET


async def outsiders(fortress: Fortress, route: Route) -> list[str]:
    """Those whom the table does not name for the route: each by itself, or one who holds all of these roles."""
    left = [role for role in Role if role not in route.roles]
    if FULL or len(left) < 2:
        return [role.value for role in left]
    name = " ".join(left)
    if name not in fortress.keys:
        first, *more = left
        await fortress.somebody(name, first, unit_of(first), *((role, unit_of(role)) for role in more))
    return [name]


def insiders(route: Route, number: int) -> list[str]:
    """Those who are let in: all of them, or by turns one."""
    inside = sorted(route.roles)
    return inside if FULL else [inside[number % len(inside)]]


async def test_a_role_opens_what_the_table_says_and_nothing_else(fortress: Fortress) -> None:
    clients, wrong = dict[str, httpx.AsyncClient](), []
    for number, route in enumerate(routes()):
        for name in (outside := await outsiders(fortress, route)) + insiders(route, number):
            client = clients.setdefault(name, fortress.as_(name))
            answer = await client.request(route.method, route.at())
            broken = answer.status_code in (401, 500) and route.path not in OWN_PAGE
            if broken or turned_away(answer) is (name not in outside):
                wrong.append((name, route, answer.status_code, answer.text[:200]))
    assert not wrong


async def test_without_a_key_every_one_of_them_is_closed(fortress: Fortress) -> None:
    client = fortress.as_(None)
    for route in routes():
        answer = await client.request(route.method, route.at())
        closed = answer.status_code in (401, 303) or (answer.status_code, rule(answer)) == (403, "key-wanted")
        assert closed, (route, answer.status_code, answer.text)


async def test_a_role_that_is_over_opens_nothing_any_longer(fortress: Fortress) -> None:
    """All roles at once, all of them over: nothing is open, not even what is open to everybody who works here."""
    first, *more = Role
    await fortress.somebody("former", first, unit_of(first), *((role, unit_of(role)) for role in more), ended=True)
    client = fortress.as_("former")
    for route in routes():
        answer = await client.request(route.method, route.at())
        assert turned_away(answer) or route.path in OWN_PAGE, (route, answer.status_code, answer.text)
