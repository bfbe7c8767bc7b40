"""The starter city: its tables as CSV, and the pure code that expands them into the values of routing.city."""
