"""docs/lifecycle.md: the diagram and the table of moves, drawn from the machine itself so that they cannot go stale."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from transitions.extensions.diagrams import HierarchicalGraphMachine
from transitions.extensions.diagrams_mermaid import NestedGraph

from routing.guards import anyone
from routing.lifecycle import Nested, states, transitions
from routing.moves import MOVES
from routing.rules import Need, Rule, Second, Step
from routing.states import Effect, Move, Outcome, Stage, State, Voice

INTRODUCTION = """# The life of an order

Made from `routing/moves.py` by `routing.lifecycle_page.render`; a test fails when this page is stale. The diagram
shows the moves that change the state; an arrow from a stage starts from each of its states.
"""
NOTES = """## How to read the table

- `handle.*` is every state of a stage. Of several ways the first whose condition holds is taken.
- **Second person**: the first request stores a proposal, the same request by the second person completes it; that
  person may refuse it with a reason, and a change of state voids it. It is never the same person.
- **By** names the role and how it stands to the order. The *team* is the lead unit and the co-units themselves, not
  the units above them.
- Rounds count handlings. An appeal gives one beyond those that the city allows.
"""
VOICES = {
    Voice.MATCHER: "finds the unit; again when a list abolishes it or a place is amended",
    Voice.CLOCK: "acts when a limit passes",
    Voice.FEEDBACK: "the evaluation body, by its messages",
    Voice.REPORTER: "the citizen, through intake, also by hotline or clerk",
    Voice.PARENT: "the order this one was merged into",
}


class Drawn(HierarchicalGraphMachine):
    """The same states and moves, to be drawn; it moves nothing."""

    state_cls = Nested
    style_attributes = {"node": {"default": {"stroke": "#666"}}}  # noqa: RUF012 - the library's own attribute


def render() -> str:
    """The whole page."""
    return "\n".join([INTRODUCTION, _fenced(diagram()), _states(), _moves(), NOTES, _voices()])


def diagram() -> str:
    """The mermaid source of the machine, without the moves that leave the order where it is."""
    machine = Drawn(
        model=None,
        states=states(),
        transitions=list(_edges()),
        initial=State.REGISTERED.value,
        auto_transitions=False,
        graph_engine="mermaid",
    )
    source = str(NestedGraph(machine).get_graph(title="title: The life of an order").draw(None))
    return "\n".join(line.rstrip() for line in source.splitlines())


def _edges() -> Iterator[dict[str, Any]]:
    seen = set()
    for edge in transitions():
        ends = edge["trigger"], edge["source"], edge["dest"]
        if edge["dest"] and ends not in seen:
            seen.add(ends)
            yield dict(zip(("trigger", "source", "dest"), ends, strict=True))


def _fenced(source: str) -> str:
    return f"```mermaid\n{source}\n```\n"


def _states() -> str:
    stages = [(stage.value, [state for state in State if state.stage is stage]) for stage in Stage]
    rows = [(name, ", ".join(f"`{state}`" for state in inside)) for name, inside in stages]
    outcomes = ", ".join(f"`{outcome}`" for outcome in Outcome)
    rows += [("–", "`merged`: follows its parent and closes with it"), ("–", f"`closed`, with an outcome: {outcomes}")]
    return "## States\n\n" + _table(("stage", "states"), rows)


def _moves() -> str:
    head = ("move", "from → to", "by", "needs", "rules", "second person")
    return "## Moves\n\n" + _table(head, (_row(move, MOVES[move]) for move in Move))


def _row(move: Move, rule: Rule) -> tuple[str, ...]:
    return (
        f"`{move}` {rule.term}",
        "<br>".join(_step(step) for step in rule.steps),
        "<br>".join(_actor(role, relation) for role, relation in rule.who.items()),
        "<br>".join(_need(need) for need in rule.needs) or "–",
        "<br>".join(_words(guard) for guard in (*rule.bars, *rule.guards)) or "–",
        _second(rule.second) if rule.second else "–",
    )


def _step(step: Step) -> str:
    start = ", ".join(f"{source}.*" if isinstance(source, Stage) else source for source in step.source)
    end = f"→ {step.to}" if step.to else "stays"
    outcome = _words(step.outcome) if callable(step.outcome) else step.outcome
    way = f"{start} {end} ({outcome})" if outcome else f"{start} {end}"
    return way.strip() + (f": {_words(step.when)}" if step.when else "") + _effects(step.effects)


def _effects(effects: Iterable[Effect]) -> str:
    named = ", ".join(effect.replace("_", " ") for effect in effects)
    return f" [{named}]" if named else ""


def _actor(role: str, relation: Callable[..., None]) -> str:
    return role if relation is anyone else f"{role} {_words(relation)}"


def _need(need: str | Need) -> str:
    if isinstance(need, Need):
        return f"`{need.field}` {_words(need.when)}"
    return " or ".join(f"`{name}`" for name in need.split("|"))


def _second(second: Second) -> str:
    who = _actor(second.role, second.relation)
    return f"{who}; {_words(second.when)}" if second.when else who


def _words(rule: Callable[..., Any] | None) -> str:
    return " ".join((rule.__doc__ or "").split()) if rule else ""


def _voices() -> str:
    return "## Who acts without a key\n\n" + _table(("voice", "is"), VOICES.items())


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (head, ("---",) * len(head), *rows)
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
