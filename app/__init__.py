"""The composition root: settings -> parts -> running platform, and the command line.

Imports every room; imported by none. Reading order: ``settings``, ``supervisor``, then ``media``,
``models_process`` and ``web``, the three processes; ``cli`` is the door.
"""

from models import threads

# Before anything imports numpy: its BLAS starts a thread for every core, and a thread with nothing to do spins.
try:
    threads.configure()
except ValueError as error:
    raise SystemExit(f"Error: {error}") from None
