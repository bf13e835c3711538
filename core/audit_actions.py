"""What the audit log can say that somebody did. Pages have words for each in four languages; a test looks."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    USER_ADDED = "user.added"
    USER_CHANGED = "user.changed"
    USER_ROLES_CHANGED = "user.roles_changed"
    USER_DISABLED = "user.disabled"
    USER_ENABLED = "user.enabled"
    USER_LOGIN_RESET = "user.password_reset"
    NUMBER_ADDED = "number.added"
    NUMBER_CHANGED = "number.changed"
    NUMBER_DISABLED = "number.disabled"
    NUMBER_ENABLED = "number.enabled"
    QUEUE_PLAN_CHANGED = "queue.plan_changed"
    SKILL_RENAMED = "skill.renamed"
    NUMBER_SHOWN = "number.shown"
    """A look at a caller's number in full; the others of this beginning change the company's own numbers."""
    RECORDING_OPENED = "data.recording_opened"
    LISTENED = "call.monitor_listen"
    WHISPERED = "call.monitor_whisper"
    BARGED_IN = "call.monitor_barge"
    TOOK_OVER = "call.monitor_take_over"
    STOPPED_LISTENING = "call.monitor_stop"
    HUNG_UP = "call.hang_up"
    HEAD_LOST = "audit.head_lost"
    """The platform's own entry where it found the sealed head gone or forged."""
