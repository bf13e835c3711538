"""Voice activity. ``silero`` answers for all calls of one tick in one batch."""
