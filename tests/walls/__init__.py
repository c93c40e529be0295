"""The proof that the walls stand: each is taken away in turn, and attacks which need its absence are run."""
