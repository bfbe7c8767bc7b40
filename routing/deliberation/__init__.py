"""议事厅: where residents disagree, the lead asks them; what they decide binds the handling of the order.

`tally` and `thresholds` are pure. `opening` begins it, `granting` when its time is granted; `statements`, `voting`,
`closing` are its course; `reading` says who sees it. Voters are never known here: intake hands out the codes.
"""
