"""Turn-taking as pure state machines that are told the time: no clock, no audio device, no task inside.

``voice`` segments probabilities into voiced and unvoiced hops, ``endpointing`` finds the end of the
caller's turn, ``barge_in`` judges speech over our own, ``keys`` collects key presses, ``silence`` says
when a silent caller is to be asked again. May import core only.
"""
