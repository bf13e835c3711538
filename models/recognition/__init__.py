"""Audio to text for all calls at once.

Reading order: ``queue`` (who is next), ``load`` (what it costs), ``scheduler`` (batches and workers), ``decoding``
(what every Whisper model is used with: ``window``, ``silence``, ``language``, ``text``, ``bias``), ``whisper``,
``onnx_whisper`` (with its graphs, ``encoder_graph`` and ``decoder_graph``) and ``transformers_whisper`` (what runs the
model; ``engine`` chooses), ``words``, ``recogniser`` (all of it behind the ``Recogniser`` protocol).
"""
