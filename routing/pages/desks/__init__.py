"""The dispatcher's desk (派单台) and the supervisor's board (督办台): lists, one case, what it is about, the board."""
