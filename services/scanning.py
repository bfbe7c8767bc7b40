"""Whether a file that somebody sends is malware: asked of a scanner before anything else is done with it.

What is wired in is a setting: `none`, which says so at every start, or the address of a clamd (ClamAV's daemon). A
scanner that does not answer lets nothing in.
"""

import asyncio
import re
from typing import Protocol
from urllib.parse import urlsplit

import structlog
from fastapi import Request

from services import audit
from services.problems import Problem
from services.settings import NO_SCANNER, Settings

log = structlog.get_logger()
PATIENCE = 20.0
"""Seconds."""
CHUNK = 2**16
SAID = re.compile(rb"^stream: (?:(OK)|(.+) FOUND)\0?$")
NAME = re.compile(r"[A-Za-z0-9._-]{1,60}")


class Malware(Problem):
    """A scanner knows this file as malware: nothing of it is kept."""

    status = 422
    title = "Malware"
    remedy = "Look after the machine the file comes from, and send the file as you made it."


class NotScanned(Problem):
    """The malware scanner does not answer, and without it no file is let in."""

    status = 503
    title = "Not scanned"
    remedy = "Try again in a few minutes; text without a file goes through."


class ScannerSilent(Exception):
    """The scanner is not there, breaks off, or says what nobody understands."""


class Scanner(Protocol):
    """Looks at a file; anything that a city has can stand behind it."""

    async def found(self, data: bytes) -> str | None:
        """The malware's name as the scanner says it, or None. Raises ScannerSilent."""
        ...


class NoScanner:
    """Finds nothing, because nobody looks."""

    async def found(self, data: bytes) -> str | None:
        return None


class Clamd:
    """ClamAV's daemon, by its INSTREAM command: over a socket of this machine, or by TCP."""

    def __init__(self, address: str) -> None:
        self._at = urlsplit(address)

    async def found(self, data: bytes) -> str | None:
        try:
            async with asyncio.timeout(PATIENCE):
                return self._told(await self._ask(data))
        except (OSError, TimeoutError):
            raise ScannerSilent from None

    async def _ask(self, data: bytes) -> bytes:
        reader, writer = await self._connected()
        try:
            writer.write(b"zINSTREAM\0")
            for start in range(0, len(data), CHUNK):
                part = data[start : start + CHUNK]
                writer.write(len(part).to_bytes(4) + part)
                await writer.drain()
            writer.write((0).to_bytes(4))
            await writer.drain()
            return await reader.read(1024)
        finally:
            writer.close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._at.scheme == "unix":
            return await asyncio.open_unix_connection(self._at.path)
        return await asyncio.open_connection(self._at.hostname, self._at.port)

    def _told(self, answer: bytes) -> str | None:
        said = SAID.match(answer)
        if said is None:
            raise ScannerSilent
        return None if said[1] else said[2].decode(errors="replace")


def scanner_of(settings: Settings) -> Scanner:
    """The scanner that the setting names."""
    return NoScanner() if settings.malware_scanner == NO_SCANNER else Clamd(settings.malware_scanner)


def say_where_nobody_looks(settings: Settings) -> None:
    """Into the log, at each start."""
    if settings.malware_scanner == NO_SCANNER:
        log.warning("files are not scanned for malware", setting="GRIDLOOP_MALWARE_SCANNER")


async def harmless(request: Request, data: bytes) -> bytes:
    """The file again. Raises Malware, NotScanned; what was found is written down by its name."""
    state = request.app.state
    try:
        found = await state.scanner.found(data)
    except ScannerSilent:
        log.error("the malware scanner does not answer", setting="GRIDLOOP_MALWARE_SCANNER")
        raise NotScanned(headers={"Retry-After": "60"}) from None
    if found is None:
        return data
    name = found if NAME.fullmatch(found) else "-"
    async with state.database.unit() as session:
        actor = getattr(request.state, "actor", None)
        await audit.record(session, "malware.refused", "file", actor=actor, voice="scanner", name=name)
    raise Malware
