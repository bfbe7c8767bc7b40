"""An authenticator for all tests of a process: a code is good once, so the next one waits for the next half minute."""

import asyncio
import time

import pyotp

STEP = 30
_USED: dict[str, int] = {}


async def unused_code(secret: str) -> str:
    """A code of this secret that no test of this process has shown yet."""
    while (step := int(time.time()) // STEP) <= _USED.get(secret, 0):
        await asyncio.sleep(0.5)
    _USED[secret] = step
    return pyotp.TOTP(secret).at(step * STEP)
