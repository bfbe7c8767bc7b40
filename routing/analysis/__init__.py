"""What the city can learn from its cases: places, matters, units and list rows, never persons.

Times, states and units come from the timeline; what a case is about and where comes from its order, as last
corrected. Every figure shows what it was counted from, so that anybody can count it again.
"""
