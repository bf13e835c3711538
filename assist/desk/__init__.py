"""The agent's page ``/desk``: ``mount`` registers it, ``page`` is one agent's, ``view`` is what it shows."""

from assist.desk.mount import mount_desk

__all__ = ["mount_desk"]
