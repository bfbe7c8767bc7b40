"""The citizen's pages: a one-time link opens two questions; answering them spends it."""

from feedback.pages.survey import survey_page

__all__ = ["survey_page"]
