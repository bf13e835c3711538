"""The conversation: bots as Rasa 3 projects, the engine that plays them, and what they connect to.

``engine`` plays a project in process, ``understanding`` turns a caller's sentence into an intent and
entities, ``connectors`` reach orders and tickets, and each bot has one folder of its own
(``homegoods``). Imports ``core``, ``models`` and ``kb_ingest``; imported by ``assist``,
``voice_gateway``, ``evals`` and ``app``.
"""
