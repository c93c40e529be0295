"""Named teams of an account's members: what is shared with a team is shared with whoever is in it."""
