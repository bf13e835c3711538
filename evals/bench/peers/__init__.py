"""Other voice frameworks as peers of the capacity benchmark; each runs in an environment of its own.

The files here are started by path with that environment's Python and import nothing of the platform.
"""
