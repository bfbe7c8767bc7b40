"""The issue models: which one serves, and letting another one take over."""

from datetime import datetime
from typing import Annotated

from fastapi import Path, Request, Response
from pydantic import BaseModel
from sqlalchemy import select

from routing import learning
from routing.models import ClassifierRow, ListState, ListVersion
from services.guarding import router
from services.requests import Answer, Call, perform

api = router(tags=["lists"])
Model = Annotated[str, Path(max_length=80, description="As `gridloop lists learn` told it.")]


class ModelSeen(BaseModel):
    """A model by the digest of what it was made from."""

    version: str
    made_at: datetime
    serving: bool


class ModelPage(BaseModel):
    items: list[ModelSeen]


class ModelPublished(BaseModel):
    version: str
    replaces: str


@api.get("/v1/models", response_model=ModelPage, summary="The newest issue models, and which one serves")
async def models(request: Request) -> ModelPage:
    rows = select(ClassifierRow.version, ClassifierRow.made_at).order_by(ClassifierRow.made_at.desc()).limit(50)
    async with request.app.state.database.unit() as session:
        serving = await session.scalar(select(ListVersion.model).where(ListVersion.state == ListState.PUBLISHED))
        found = (await session.execute(rows)).all()
    return ModelPage(items=[ModelSeen(version=name, made_at=at, serving=name == serving) for name, at in found])


@api.post("/v1/models/{version}/publication", response_model=ModelPublished, summary="Let a candidate serve")
async def publish_model(request: Request, version: Model) -> Response:
    """Made by a command from what people decided, so its author is nobody; who publishes it answers for it."""

    async def verb(call: Call) -> Answer:
        before = await learning.publish_model(call.session, version, by=call.actor)
        return Answer(200, ModelPublished(version=version, replaces=before))

    return await perform(request, verb)
