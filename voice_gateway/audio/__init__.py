"""Sound on the line: G.711, rates, 20 ms frames on the carrier's clock, and what the far end plays when.

Pure: no sockets, no tasks; the time is an argument. May import ``core`` and ``voice_gateway.leg``.
"""
