"""The bridge: caller, agents and supervisor in one conversation, and who hears whom in it.

Reading order: ``control`` (the rules, pure), ``jitter`` and ``mix`` (sound, pure), ``lines`` (agents' legs),
``outlet`` (our own voice among the others), ``bridge`` (all of it for one call). docs/bridge.md tells the rest.
"""
