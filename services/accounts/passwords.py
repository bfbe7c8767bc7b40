"""Passwords: what is good enough, by length and a list of the first that are guessed; argon2 in a thread of its own."""

import asyncio
import secrets
import unicodedata
from functools import cache
from itertools import pairwise

from pwdlib import PasswordHash

from services.problems import Invalid, invalid

LONGEST = 128
WORDS = (
    "administrator", "password", "passw0rd", "gridloop", "letmein", "welcome", "changeme", "iloveyou", "sunshine",
    "qwertyuiop", "qwerty", "asdfghjkl", "asdfgh", "zxcvbnm", "1q2w3e4r", "abcdef", "shanghai", "beijing", "shequ",
    "wangge", "jiedao", "mima", "woaini", "12345678", "123123", "112233", "147258", "520", "1314", "admin", "root",
    "12345", "网格", "街道", "密码", "上海", "北京", "热线", "管理员",
)  # fmt: skip
"""What the first guesses are made of: a password that little is left of without them is none."""
FOREIGN = 6
"""Characters that a password needs beside such words."""
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Of a password that is dictated or typed from paper: none of these looks like another."""


def normal(password: str) -> str:
    """The same characters typed on any keyboard are the same password."""
    return unicodedata.normalize("NFKC", password)


def check(password: str, *, username: str, least: int, field: str = "password") -> None:
    """Raises Invalid where the password is too short, too long, or among the first that are guessed."""
    if fault := weakness(normal(password), username=username, least=least):
        raise Invalid(faults=invalid(field, *fault).faults)


def weakness(password: str, *, username: str, least: int) -> tuple[str, str] | None:
    """The broken rule and what mends it."""
    if not least <= len(password) <= LONGEST:
        return f"has {least} to {LONGEST} characters", "several words in a row are easy to remember"
    rest = password.lower()
    for word in (username.lower(), *WORDS):
        rest = rest.replace(word, "") if len(word) > 2 else rest
    if len(set(rest)) < FOREIGN or len(set(password)) < FOREIGN:
        return "is not among the first that are guessed", "leave out your name, this system's name, rows of keys"
    if _is_row(rest):
        return "is no row of letters or digits", "take several words that have nothing to do with each other"
    return None


def _is_row(text: str) -> bool:
    """`abcdefghijkl`, `98765432`: every character is the neighbour of the one before, or the same."""
    return all(abs(ord(b) - ord(a)) <= 1 for a, b in pairwise(text))


def invented() -> str:
    """A password to begin with: 79 random bits in four groups."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


async def hashed(password: str) -> str:
    return await asyncio.to_thread(_hasher().hash, normal(password))


async def fits(password: str, kept: str | None) -> bool:
    """Whether it is the password; without a kept one it takes as long and is not."""
    if len(password) > LONGEST:
        return False
    return await asyncio.to_thread(_hasher().verify, normal(password), kept or _nobody()) and kept is not None


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobody() -> str:
    return _hasher().hash(secrets.token_urlsafe(24))
