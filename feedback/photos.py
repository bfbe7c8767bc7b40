"""A citizen's picture, one per answer, made anew (`services.pictures`); it goes with its case (`forgetting`)."""

from services.pictures import FORMATS, LONGEST_SIDE, NotAPicture, Picture, renewed

__all__ = ["FORMATS", "LONGEST_SIDE", "NotAPicture", "Picture", "renewed"]
