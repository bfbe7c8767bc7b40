"""Redaction for many reports at once, on all cores: most of what a report costs. Words go to processes of this machine
and come back cleared; no key of the vault leaves this one."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import get_context

from intake import reporters
from intake.reporters import Identity
from intake.schemas import NewCase

PIECE = 100
"""Reports that one process takes at a time; fewer than two pieces are done here."""


@dataclass(frozen=True)
class Plain:
    """The words of one report, and who told them, for as long as they are being cleared."""

    words: tuple[str, ...] = field(repr=False)
    identity: Identity = field(repr=False)

    @classmethod
    def of(cls, told: NewCase, identity: Identity) -> "Plain":
        given = [told.description or "", told.address, told.settled.done if told.settled else None]
        return cls(tuple(words for words in given if words is not None), identity)


Hidden = dict[str, str]
"""Words as they were told, and as others may read them."""


def hide_all(piece: Sequence[Plain]) -> list[Hidden]:
    return [{words: reporters.hide(words, plain.identity) for words in plain.words} for plain in piece]


def _timed(piece: Sequence[Plain]) -> tuple[list[Hidden], float]:
    began = time.process_time()
    return hide_all(piece), time.process_time() - began


def _leave_signals() -> None:
    """Ctrl-C is for the process that has the pool."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class Hiders:
    """The processes that redact; they start with the first large piece of work."""

    def __init__(self, processes: int | None = None) -> None:
        self._processes = processes or os.cpu_count() or 1
        self._pool: ProcessPoolExecutor | None = None
        self.spent = 0.0
        """Seconds of a processor that the processes took, all together."""

    async def hide(self, plain: Sequence[Plain]) -> AsyncGenerator[list[Hidden], None]:
        """Piece by piece in the order given, each as soon as it is done.

        Raises BrokenProcessPool where a process died; the next work starts others.
        """
        pieces = [plain[start : start + PIECE] for start in range(0, len(plain), PIECE)]
        if len(pieces) < 2:
            yield hide_all(plain)
            return
        loop, pool = asyncio.get_running_loop(), self._started()
        under_way: list[asyncio.Future[tuple[list[Hidden], float]]] = []
        try:
            under_way += [loop.run_in_executor(pool, _timed, piece) for piece in pieces]
            for each in under_way:
                hidden, spent = await each
                self.spent += spent
                yield hidden
        except BrokenProcessPool:
            self._pool = None
            raise
        finally:
            for each in under_way:
                each.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._processes, mp_context=get_context("spawn"), initializer=_leave_signals
            )
        return self._pool

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None
