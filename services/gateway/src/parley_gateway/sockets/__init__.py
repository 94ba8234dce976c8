"""The sockets of visitors, agents and sources: frames in, frames out."""
