"""Pages about the active account."""
