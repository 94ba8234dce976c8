"""The session: every chat's conversation and its clocks. One stream a chat."""
