"""Redaction for many reports at once, on all cores: most of what a report costs. Words go to processes of this machine
and come back cleared; no key of the vault leaves this one."""

import asyncio
import os
import signal
from collections.abc import Sequence
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


def _leave_signals() -> None:
    """Ctrl-C is for the process that has the pool."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class Hiders:
    """The processes that redact; they start with the first large piece of work."""

    def __init__(self, processes: int | None = None) -> None:
        self._processes = processes or os.cpu_count() or 1
        self._pool: ProcessPoolExecutor | None = None

    async def hide(self, plain: Sequence[Plain]) -> list[Hidden]:
        """In the order given. Raises BrokenProcessPool where a process died; the next work starts others."""
        pieces = [plain[start : start + PIECE] for start in range(0, len(plain), PIECE)]
        if len(pieces) < 2:
            return hide_all(plain)
        loop, pool = asyncio.get_running_loop(), self._started()
        try:
            done = await asyncio.gather(*(loop.run_in_executor(pool, hide_all, piece) for piece in pieces))
        except BrokenProcessPool:
            self._pool = None
            raise
        return [hidden for piece in done for hidden in piece]

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
