"""Case events for others: what moved, never who, in an order that misses no late commit."""
