"""Turn-taking as pure state machines that are told the time: no clock, no audio device, no task inside.

``voice`` segments probabilities into voiced and unvoiced hops, ``echo`` takes our own voice out of them,
``endpointing`` finds the end of the caller's turn, helped by ``dangling`` (do the words break off?),
``barge_in`` judges speech over our own, ``keys`` collects key presses, ``silence`` says when a silent caller
is to be asked again. The two services beside them own a model and its thread each: ``vad_service`` and
``turn_service``. May import core and models, and the gateway's audio.
"""
