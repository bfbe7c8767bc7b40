"""How long what is kept: the rules as data, one run a night for each service, and the log of what was erased.

A rule of a case runs from its closing and is intake's to keep, since the legal holds are there; the other services
erase what `report.erased` names.
"""
