"""A survey provider played against the real endpoints: it takes signed offers, calls nobody, and reports like one."""

from feedback.simulating.provider import Provider
from feedback.simulating.temper import Scripted, Temper

__all__ = ["Provider", "Scripted", "Temper"]
