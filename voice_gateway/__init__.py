"""The line: carriers turn a phone call into a ``CallLeg``; ``call.py`` follows it from ring to hang-up.

May import core, models, kb_ingest, bots and assist. Reading order: ``leg``, ``carriers/twilio``,
``call``, ``listening``, ``turns``, ``speaking``.
"""
