"""What comes from GenieACS: its exports, told to the appliance as far as that has a place for it."""

from __future__ import annotations

NAME = "genieacs"
"""What is said to ``import`` in the place of a file, where the files are GenieACS's."""
