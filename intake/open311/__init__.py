"""Open311 GeoReport v2: other cities' clients post and read cases here, with mySociety's updates both ways.

What is offered comes from the issue list, by message. What is posted is a report like any other: same number, same
clocks, same loop. What is read back is public by its channel and its issue, redacted, and never a person.
"""
