"""Passwords hashed by the same function at the least cost: in use it is meant to take its time."""

from __future__ import annotations

from functools import partial

from argon2 import PasswordHasher

QuickHasher = partial(PasswordHasher, time_cost=1, memory_cost=8, parallelism=1)
"""For ``core.identity.PasswordHasher``."""
