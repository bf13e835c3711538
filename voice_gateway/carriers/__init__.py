"""Carriers: each turns a phone call that arrives in its own way into a ``CallLeg``.

``twilio`` (a leg over Twilio Media Streams), ``twilio_messages`` (its wire format), ``twilio_http``
(the webhooks around it), ``simulated`` (for tests, without a network). May import ``core`` and
``voice_gateway.leg``, ``voice_gateway.audio``; imports nothing of the conversation.
"""
