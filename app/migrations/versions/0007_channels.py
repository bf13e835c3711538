"""By which channel a person was last in contact"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_calls = sa.table("calls", sa.column("id"), sa.column("channel"))
_events = sa.table("events", sa.column("interaction_id"), sa.column("kind"), sa.column("payload", sa.JSON()))


def upgrade() -> None:
    with op.batch_alter_table("calls") as calls:
        calls.add_column(
            sa.Column("channel", sa.String(length=12), server_default="telephone", nullable=False)
        )
    # What the log says of the calls that are there; the last of these that fits is the last contact.
    payload = _events.c.payload
    for channel, fits in (
        ("browser", (_events.c.kind == "call_started") & (payload["carrier"].as_string() == "webrtc")),
        ("message", _events.c.kind == "voicemail_left"),
        ("call_back", (_events.c.kind == "call_back_tried") & payload["answered"].as_boolean()),
    ):
        theirs = sa.select(_events.c.interaction_id).where(fits)
        op.execute(sa.update(_calls).where(_calls.c.id.in_(theirs)).values(channel=channel))


def downgrade() -> None:
    with op.batch_alter_table("calls") as calls:
        calls.drop_column("channel")
