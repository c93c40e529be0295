"""The trail as evidence: its tables by months, the chain over them, and what is given out of the house."""
