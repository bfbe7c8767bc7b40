"""Pages of routing for those who work with orders, by role."""
