"""feedback's app on a real database; routing, intake and the survey provider are played by the tests."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from call_centre import Centre, opened
from fastapi import FastAPI

from feedback.api import create_app
from services.settings import Settings


@pytest.fixture(scope="session")
async def feedback_app(settings: Settings) -> AsyncIterator[FastAPI]:
    app = create_app(settings)
    app.state.desk = replace(app.state.desk, recheck_percent=0)  # by lot: those who test it say how many
    yield app
    await app.state.database.close()


@pytest.fixture
async def centre(feedback_app: FastAPI, settings: Settings, clean: None) -> AsyncIterator[Centre]:
    async with opened(feedback_app, settings) as made:
        yield made
