"""The distributor of calls: ``core`` decides and is told the time, ``router`` gives it a clock and a log."""

from assist.acd.core import Acd
from assist.acd.router import AcdRouter
from assist.acd.types import AcdSettings, Refused

__all__ = ["Acd", "AcdRouter", "AcdSettings", "Refused"]
