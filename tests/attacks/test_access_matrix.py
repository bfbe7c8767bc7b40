"""Every route that needs a key × every role, from the table that guards them: whoever is not named there gets 403."""

import httpx
from fortress import STREET, Fortress, Route, routes, rule

from services.roles import Role

ADMITTED = 1
"""Of the roles that a route is open to, so many are sent in; of the others, all."""


def chosen(route: Route, number: int) -> list[Role]:
    """All that are to be turned away, and by turns some of those who are let in."""
    inside = sorted(route.roles)
    let_in = [inside[(number + at) % len(inside)] for at in range(min(ADMITTED, len(inside)))]
    return [role for role in Role if role in let_in or role not in route.roles]


def turned_away(answer: httpx.Response) -> bool:
    return answer.status_code == 403 and rule(answer) == "wrong-role"


async def test_a_role_opens_what_the_table_says_and_nothing_else(fortress: Fortress) -> None:
    clients, wrong = {role: fortress.as_(role.value) for role in Role}, []
    for number, route in enumerate(routes()):
        for role in chosen(route, number):
            answer = await clients[role].request(route.method, route.at())
            broken = answer.status_code in (401, 500) and not route.path.startswith("/account")
            if broken or turned_away(answer) is (role in route.roles):
                wrong.append((role, route, answer.status_code, answer.text[:200]))
    assert not wrong


async def test_without_a_key_every_one_of_them_is_closed(fortress: Fortress) -> None:
    client = fortress.as_(None)
    for route in routes():
        answer = await client.request(route.method, route.at())
        closed = answer.status_code in (401, 303) or (answer.status_code, rule(answer)) == (403, "key-wanted")
        assert closed, (route, answer.status_code, answer.text)


async def test_a_role_that_is_over_opens_nothing_any_longer(fortress: Fortress) -> None:
    for role in Role:
        await fortress.somebody(f"former {role}", role, STREET, ended=True)
        open_to = [each for each in routes() if role in each.roles and not each.path.startswith("/account")]
        for route in {each.service: each for each in open_to}.values():
            answer = await fortress.as_(f"former {role}").request(route.method, route.at())
            assert turned_away(answer), (role, route, answer.text)
