"""intake's pages: for those who take reports down, and for whoever holds a case's number and its code."""
