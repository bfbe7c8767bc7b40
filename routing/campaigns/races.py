"""Two press at once on one order: one wins, the other is told that it was too late, and nothing is half done."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations_with_replacement
from random import Random
from typing import Any

from routing.campaigns.hands import Hands
from routing.campaigns.invariants import broken
from routing.campaigns.presses import DEFER, DISPUTE, DONE, EXTEND, PRESSES, Press, verdict
from routing.states import State
from services.clocks import now
from services.events import Line

WON, LOST = (200, 202), (409, 412)
GONE = 404
"""The winner took the order out of the loser's sight: access ends with the responsibility."""


@dataclass(frozen=True)
class Pair:
    """Two presses on an order that stands there."""

    standing: str
    one: Press
    other: Press

    def __str__(self) -> str:
        return f"{self.standing}: {self.one.name} × {self.other.name}"


@dataclass
class Result:
    """How the races went. `faults` are the pairs after which something did not hold, with what."""

    pairs: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    by_standing: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    delivered_again: int = 0
    seconds: float = 0.0


def pairs() -> list[Pair]:
    """Every two of the presses of each standing, also one press by two hands."""
    return [
        Pair(str(standing), one, other)
        for standing, presses in PRESSES.items()
        for one, other in combinations_with_replacement(presses, 2)
    ]


def sample(number: int, seed: int) -> list[Pair]:
    """Some of them, the same ones for a seed, of every standing as far as they reach."""
    dice, chosen = Random(seed), list[Pair]()  # noqa: S311 (a choice that can be repeated)
    every = {standing: [pair for pair in pairs() if pair.standing == standing] for standing in map(str, PRESSES)}
    while len(chosen) < number and any(every.values()):
        for left in filter(None, every.values()):
            chosen.append(left.pop(dice.randrange(len(left))))
    return chosen[:number]


async def run(hands: Hands, wanted: Iterable[Pair], say: Callable[[str], None] = lambda _: None) -> Result:
    result, began = Result(), time.monotonic()
    for pair in wanted:
        faults = await _race(hands, pair, result)
        result.pairs += 1
        result.by_standing[pair.standing] += 1
        for fault in faults:
            result.faults.append(f"{pair}: {fault}")
            say(result.faults[-1])
    result.delivered_again, result.seconds = hands.retried, time.monotonic() - began
    return result


async def _race(hands: Hands, pair: Pair, result: Result) -> list[str]:
    stand = await _stand(hands, pair)
    answers = await asyncio.gather(*(_press(hands, press, stand) for press in (pair.one, pair.other)))
    told = [_word(answer) for answer in answers]
    result.answers.update(told)
    faults = _unfair(pair, told)
    async with hands.database.unit() as session:
        for case_no in filter(None, (stand.case_no, stand.parent, stand.other)):
            faults += [f"{case_no[-4:]}: {fault}" for fault in await broken(session, case_no)]
    return faults


def _unfair(pair: Pair, told: Sequence[str]) -> list[str]:
    """Of two with a key one wins, unless they press on two orders; who has none is always heard."""
    known = {str(status) for status in (*WON, *LOST, GONE)} | {"heard"}
    faults = [f"answered {' and '.join(told)}"] if not set(told) <= known else []
    won = sum(answer in map(str, WON) for answer in told)
    keyed = [press for press in (pair.one, pair.other) if press.desk]
    apart = pair.one.on_parent != pair.other.on_parent
    if len(keyed) == len(told) and not apart and won != 1:
        faults.append(f"{won} of two won: {' and '.join(told)}")
    if len(keyed) == 2 and apart and won == 0:
        faults.append("nobody won")
    return faults


def _word(answer: Any) -> str:
    if isinstance(answer, Line):
        return "heard" if answer.status == "done" else answer.status
    return "heard" if isinstance(answer, bool) else str(answer.status_code)


@dataclass(frozen=True)
class Stand:
    """An order as both saw it, with the others that are pressed with it."""

    case_no: str
    version: int
    parent: str | None = None
    parent_version: int = 0
    other: str | None = None
    pending: str | None = None


async def _press(hands: Hands, press: Press, stand: Stand) -> Any:
    case_no = stand.parent if press.on_parent and stand.parent else stand.case_no
    if press.speak:
        return await press.speak(hands, case_no)
    filled = {"OTHER": stand.other, "NOW": now().isoformat()}
    body = {name: filled.get(value, value) if isinstance(value, str) else value for name, value in press.body.items()}
    path = press.route.replace("PENDING", stand.pending or "")
    version = stand.parent_version if press.on_parent else stand.version
    return await hands.ask(str(press.desk), case_no, path, body, version)


async def _stand(hands: Hands, pair: Pair) -> Stand:
    """A fresh order brought to its standing by the moves of people."""
    case_no = await hands.report(**({"place": NOWHERE} if pair.standing == State.TRIAGE else {}))
    found: dict[str, Any] = {}
    for step in WAYS[pair.standing]:
        found |= await step(hands, case_no) or {}
    if any("OTHER" in press.body.values() for press in (pair.one, pair.other)):
        found["other"] = await hands.report()
    if parent := found.get("parent"):
        found["parent_version"] = (await hands.order(parent)).version
    order = await hands.order(case_no)
    wanted = pair.standing if pair.standing in set(State) else State.WORKING
    assert order.state == wanted, (order.state, pair)
    return Stand(case_no, order.version, **found)


Step = Callable[[Hands, str], Awaitable[dict[str, Any] | None]]
NOWHERE: dict[str, Any] = {}


def _made(desk: str, path: str, body: Mapping[str, Any] | None = None) -> Step:
    async def step(hands: Hands, case_no: str) -> dict[str, Any] | None:
        answer = (await hands.made(desk, case_no, path, body)).json()
        return {"pending": answer["proposal"]} if "proposal" in answer else None

    return step


async def _judged(hands: Hands, case_no: str) -> None:
    await verdict("resolved")(hands, case_no)


async def _merged(hands: Hands, case_no: str) -> dict[str, Any]:
    parent = await hands.report()
    await hands.made("officer", parent, "accept")
    await hands.made("dispatcher", case_no, "merge", {"parent": parent})
    return {"parent": parent}


_WORK = (_made("officer", "accept"),)
_CHECK = (*_WORK, _made("officer", "report-done", DONE))
_SURVEY = (*_CHECK, _made("supervisor", "approve", {"finding": "属实"}))
WAYS: Mapping[str, tuple[Step, ...]] = {
    State.TRIAGE: (),
    State.DISPATCHED: (),
    State.WORKING: _WORK,
    State.DISPUTED: (_made("officer", "dispute", DISPUTE),),
    State.DEFERRED: (*_WORK, _made("leader", "defer", DEFER), _made("supervisor", "defer", DEFER)),
    State.CHECKING: _CHECK,
    State.SURVEYING: _SURVEY,
    State.MERGED: (_merged,),
    State.CLOSED: (*_SURVEY, _judged),
    "an extension proposed": (*_WORK, _made("leader", "extend", EXTEND)),
}
