"""The floor, as a table that can be read aloud: events, state, decisions. Pure."""
