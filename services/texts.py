"""Text that comes in from outside."""

import unicodedata

LINES = "\n\r\t"


def printable(text: str) -> str:
    """The text, if it holds no control characters but line breaks and tabs: PostgreSQL takes no NUL, and the others
    are nobody's words. Raises ValueError."""
    if any(unicodedata.category(char) == "Cc" and char not in LINES for char in text):
        raise ValueError("has no control characters")
    return text
