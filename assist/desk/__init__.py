"""The agent's page ``/desk``: ``mount`` registers it, ``page`` is one agent's, ``view`` is what it shows."""

from assist.desk.mount import mount_desk
from assist.desk.site import DeskSite

__all__ = ["DeskSite", "mount_desk"]
