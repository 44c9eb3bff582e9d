"""What comes from GenieACS: its exports, told to the appliance as far as that has a place for it."""
