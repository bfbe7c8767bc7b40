"""How long intake keeps the person of a case, and the person's rights: erasing, holds, exports, corrections."""
