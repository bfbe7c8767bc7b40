"""uvicorn without its own signal handling, for programs that do more than serve."""

from contextlib import AbstractContextManager, nullcontext

import uvicorn


class QuietServer(uvicorn.Server):
    """Its own handling would end the process before the rest of the program has finished."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]  # it is entered, no more
        return nullcontext()
