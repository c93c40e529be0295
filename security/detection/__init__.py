"""Who behaves like an attacker, and what follows. `docs/security.md`, "Detection", tells the whole of it."""
