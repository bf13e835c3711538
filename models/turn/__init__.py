"""The acoustic end-of-turn model: by its sound, is a sentence finished? May import core and models only."""
