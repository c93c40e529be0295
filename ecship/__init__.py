"""ECShip: book mail, with address books that stay closed."""
