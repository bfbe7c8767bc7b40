"""Tests for what is too good to be true. Each is a pure function over a history; what it finds goes before a reviewer.

No finding changes a rating, a figure or a verdict, and none is about a person.
"""

from feedback.anomalies.history import Ending, Found, History, Rated
from feedback.anomalies.search import METHOD, TESTS, search

__all__ = ["METHOD", "TESTS", "Ending", "Found", "History", "Rated", "search"]
