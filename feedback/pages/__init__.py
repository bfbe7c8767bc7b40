"""The citizen's one-time page, and the pages of the evaluation body's own people: calls, decisions, figures."""

from feedback.pages.calls import calls_pages
from feedback.pages.evaluation import evaluation_pages
from feedback.pages.figures import figures_pages
from feedback.pages.looks import looks_pages
from feedback.pages.survey import survey_page

__all__ = ["calls_pages", "evaluation_pages", "figures_pages", "looks_pages", "survey_page"]
