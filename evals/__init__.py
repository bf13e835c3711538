"""Scorecards for calls, and benchmarks for the platform.

May import every room but ``app``. Reading order: ``scorecard``, ``checks``, ``scorer``.
"""
