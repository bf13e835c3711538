"""People: the queue and the offers (``acd``), what a person receives (``packet``, ``summary``), what
helps while they talk (``suggestions``, ``sentiment``), and the agent's page (``desk``).

May import core, models, kb_ingest and bots; imported by voice_gateway, evals and app. Reading order:
``acd/core``, ``acd/router``, ``packet``, ``feed``, ``desk/page``.
"""
