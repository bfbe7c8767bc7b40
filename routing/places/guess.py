"""The place of a report: from coordinates, else from its words, else from what was given with it."""
