"""intake's staff pages: the handler's way to the reporter, under the viewer's own watermark."""

from intake.pages.contact import contact_pages

__all__ = ["contact_pages"]
