"""intake's pages: for those who take reports down, who reach a person, and who hold a case's number and its code."""
