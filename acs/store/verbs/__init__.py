"""What the rest of the house may ask of the store, by what it is about."""
