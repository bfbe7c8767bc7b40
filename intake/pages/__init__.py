"""Pages for those who take reports down."""
