"""intake's pages for anybody: how a case stands, for whoever holds its number and its code."""
