"""A chat, as a table that can be read aloud: events, state, decisions. Pure."""
