"""Every table of every room, registered on one metadata by importing where they are defined."""

import bots.connectors.demo_orders
import bots.connectors.tickets
import core.audit
import core.crypto
import core.identity
import core.log
import core.numbers
import core.queue_plan
import core.views
import kb_ingest.tables
from core.db import metadata

__all__ = ["bots", "core", "kb_ingest", "metadata"]
