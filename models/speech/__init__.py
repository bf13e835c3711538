"""Speaking: text to words, words to phonemes, phonemes to audio, and the phrases kept from earlier.

Reading order: ``normalise`` (numbers and dates become words), ``clauses``, ``phonemes``, ``kokoro`` (the packaged
synthesiser), ``phrases`` (the cache on disk), ``speaker`` (what a call uses). Imports no other room but ``core``.
Nothing is loaded by importing this package; ``phrases`` and ``speaker`` need no model at all.
"""
