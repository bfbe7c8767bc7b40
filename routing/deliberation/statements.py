"""What is said about the question, taken down by the order's team: for whom somebody stood, never who they were."""

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import flag_modified

from routing.deliberation import records
from routing.deliberation.finding import Talk, as_team
from routing.deliberation.refusals import NotRunning
from routing.deliberation.schemas import Said
from routing.models import Statement
from routing.models.deliberation import Standing
from routing.words import hidden
from services.clocks import now
from services.identity import Actor
from services.ids import new_id


async def take_down(session: AsyncSession, talk: Talk, told: Said, *, actor: Actor) -> Statement:
    """Raises NotOnTheOrder, NotRunning."""
    hand = as_team(actor, talk.order)
    if talk.row.state != Standing.OPEN:
        raise NotRunning(state=talk.row.state)
    said = Statement(
        id=new_id(),
        deliberation=talk.row.id,
        district=talk.row.district,
        at=now(),
        stance=told.stance,
        speaker=told.speaker,
        text=hidden(told.text),
    )
    session.add(said)
    flag_modified(talk.row, "question")  # whoever closes it has to have read this
    facts = {"statement": said.id, "stance": said.stance, "speaker": said.speaker}
    await records.note(session, talk.order, talk.row, hand, "stated", facts=facts, words={"text": said.text})
    return said
