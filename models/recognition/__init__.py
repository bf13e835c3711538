"""Audio to text for all calls at once.

Reading order: ``queue`` (who is next), ``scheduler`` (batches and lanes), ``whisper`` (the decode with its short
window), ``guard``, ``silence``, ``language``, ``text`` and ``bias`` (what is made of it), ``recogniser`` (all of
it behind the ``Recogniser`` protocol).
"""
