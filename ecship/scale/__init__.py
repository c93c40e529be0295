"""A site filled to scale: many accounts with valid sealed rows, for measuring, and for trying out what many do."""
