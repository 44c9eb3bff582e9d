"""Who asks, by which credential, what that may see."""
