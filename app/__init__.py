"""The composition root: settings -> parts -> running platform, and the command line.

Imports every room; imported by none. Reading order: ``settings``, ``supervisor``, then ``media``,
``models_process`` and ``web``, the three processes; ``cli`` is the door.
"""
