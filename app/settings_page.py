"""Prints ``docs/settings.md``."""

from app.settings import settings_table

print(
    "# Settings\n\nEvery setting is an environment variable. `tetraphone serve` refuses a wrong value, naming it "
    "and what it accepts.\nSecrets come from the environment alone and are never logged.\n\n"
    + settings_table(),
    end="",
)
