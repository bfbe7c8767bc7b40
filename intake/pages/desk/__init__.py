"""The walk-in desk (窗口接待): a report in half a minute, a slip with number and code."""

from intake.pages.desk.showing import pages

__all__ = ["pages"]
