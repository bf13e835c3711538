"""What all rooms share and nothing else: events, commands, the log, identity, redaction, encryption, clock.

Imports no other room. Reading order: ``languages``, ``events``, ``log``, ``views``, ``commands``, ``handoff``.
"""
