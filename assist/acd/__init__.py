"""The distributor of calls.

``plan`` is what a site configures, ``core`` decides and is told the time, ``state`` is what the decisions
have made of it, ``router`` gives it a clock and a log. ``measures`` says how well callers were served,
``erlang`` how well they would be by the book, ``simulation`` plays whole days.
"""

from assist.acd.core import Acd
from assist.acd.plan import Plan, PlanError, load_plan
from assist.acd.router import AcdRouter
from assist.acd.types import AcdSettings, Closed, Refused

__all__ = ["Acd", "AcdRouter", "AcdSettings", "Closed", "Plan", "PlanError", "Refused", "load_plan"]
