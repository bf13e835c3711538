"""Speech and language models behind small protocols; imports only ``core``.

Reading order: ``protocols`` (what the rest of the platform sees), ``recognition`` (batches across calls),
``speech`` (synthesis), ``embedding``, ``vad``, ``server`` and ``client`` (the models process and its caller).
``registry.toml`` lists every weight file and where it comes from; ``assets`` brings them. ``threads`` is the
one place that decides how many threads native code may use.
"""
