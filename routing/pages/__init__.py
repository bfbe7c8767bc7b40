"""Pages for those who work on orders, each kind of work in a room of its own."""
