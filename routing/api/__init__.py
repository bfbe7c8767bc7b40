"""routing's app: the orders, the lists and places they are matched by, and who may act."""

from fastapi import FastAPI

from routing.api import catalogue, drafts, grids, list_versions, orders, people, repeats, responsible
from routing.inbound import handlers
from services.application import create
from services.messaging import messages_endpoint
from services.settings import Settings

DESCRIPTION = "派办：一件诉求归谁办、何时办完；办理、核查与监督。The order, its clocks, the lists."


def create_app(settings: Settings) -> FastAPI:
    """The app, to be mounted under `/routing`."""
    return create(
        "routing",
        settings=settings,
        routers=[
            orders.api,
            repeats.api,
            people.api,
            grids.api,
            catalogue.api,
            responsible.api,
            list_versions.api,
            drafts.api,
            messages_endpoint(handlers(settings)),
        ],
        title="gridloop routing",
        description=DESCRIPTION,
        body_limits={**drafts.UPLOADS, **grids.UPLOADS},
    )
