"""The files for devices over HTTP: what they download, what they upload."""
