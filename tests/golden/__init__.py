"""Golden logs: what a version of the program has stored, kept for ever. Every later version reads it and comes to the same."""
