"""Clients of other people, each used unchanged against the sandbox."""
