"""Tickets, and whose calls the calls are"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "demo_tickets",
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("customer", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(length=80), nullable=False),
        sa.Column("idempotency_key", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_demo_tickets")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_demo_tickets_idempotency_key")),
    )
    op.create_index("ix_demo_tickets_customer", "demo_tickets", ["customer"])
    with op.batch_alter_table("calls") as calls:
        calls.add_column(sa.Column("person", sa.String(length=64)))
        calls.create_index(op.f("ix_calls_person"), ["person"])
    # The table of calls is read anew from the log, which has always known whose calls they are.
    op.execute("DELETE FROM reader_offsets WHERE reader = 'call-list'")


def downgrade() -> None:
    with op.batch_alter_table("calls") as calls:
        calls.drop_index(op.f("ix_calls_person"))
        calls.drop_column("person")
    op.drop_table("demo_tickets")
