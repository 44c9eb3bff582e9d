"""The files for devices: a catalogue that mirrors a folder on disk, tickets for those who may have them."""
