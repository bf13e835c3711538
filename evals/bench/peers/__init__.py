"""Other voice frameworks as peers of the capacity benchmark; each runs in an environment of its own.

The files named after a peer are started by path with that environment's Python and import nothing of the platform;
``ratio`` places what was measured of both side by side.
"""
