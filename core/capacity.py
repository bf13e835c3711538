"""How many calls an agent may have at once."""

CAPACITIES = range(1, 6)
