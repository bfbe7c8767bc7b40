"""Campaigns: the same trial small in the tests and in full by `gridloop campaign`."""
