"""How many calls a machine holds: simulated callers in a process of their own, against a running platform.

In the order of a run: ``lines`` (what callers say), ``voices`` (their sound), ``plan`` (who says what, and
when), ``generator`` (the separate process that places the calls), ``platform`` (the one that is measured),
``resources`` (what its processes use), ``analysis`` (stored audio and events to figures), ``bench`` (a run).
Nothing is imported from here by the platform itself.
"""
