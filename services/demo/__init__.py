"""The main job, played through the front doors: every step is a request by the role that makes it."""

from services.demo.doors import Doors
from services.demo.play import Survey, play

__all__ = ["Doors", "Survey", "play"]
