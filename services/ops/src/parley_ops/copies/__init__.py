"""Copies of an installation: out of its store into a file, and back into an empty one."""
