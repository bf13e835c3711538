"""Benchmarks: each prints a table and JSON, from real audio and real models.

``errors`` counts recognition errors, ``bootstrap`` gives intervals; ``accuracy`` measures recognition,
``intents`` measures understanding, typed and spoken.
"""
