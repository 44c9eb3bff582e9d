"""How the store's lists may be asked for."""
