"""The supervisor's wallboard ``/wall``: ``floor`` folds the log into figures, ``alerts`` judges them, ``board`` keeps
both fresh and tells pages what changed, ``view`` draws; ``webhook`` tells other systems."""

from assist.wall.board import Wall, WallSettings
from assist.wall.page import mount_wall

__all__ = ["Wall", "WallSettings", "mount_wall"]
