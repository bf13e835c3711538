"""Audio to text for all calls at once.

Reading order: ``queue`` (who is next), ``load`` (what it costs), ``scheduler`` (batches and workers), ``decoding``
(what every Whisper model is used with: ``window``, ``silence``, ``language``, ``text``, ``bias``), ``whisper``,
``onnx_whisper`` and ``transformers_whisper`` (what runs the model), ``words``, ``recogniser`` (all of it behind the ``Recogniser`` protocol).
"""
