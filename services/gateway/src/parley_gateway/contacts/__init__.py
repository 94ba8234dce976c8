"""Contacts on their way in and out: checks, files, mergers."""
