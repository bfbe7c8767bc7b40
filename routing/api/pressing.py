"""A write that holds several orders: of two that wait for each other, the database lets one go on."""

from collections.abc import Awaitable, Callable

from fastapi import Request, Response
from psycopg.errors import DeadlockDetected
from sqlalchemy.exc import DBAPIError

from services.problems import VersionStale
from services.requests import Answer, Call, perform


async def pressed(request: Request, verb: Callable[[Call], Awaitable[Answer]]) -> Response:
    """Raises VersionStale for the one that was stopped: it has seen an old version."""
    try:
        return await perform(request, verb)
    except DBAPIError as error:
        if isinstance(error.orig, DeadlockDetected):
            raise VersionStale from None
        raise
