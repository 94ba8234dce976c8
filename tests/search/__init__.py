"""Exhaustive search: everything that can happen on a small floor, with the router's real decisions."""
