"""What comes from GenieACS: its exports are read, and told to the appliance as far as that has a place for
it."""
