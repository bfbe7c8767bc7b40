"""intake's pages."""

from intake.pages.contact import contact_page

__all__ = ["contact_page"]
