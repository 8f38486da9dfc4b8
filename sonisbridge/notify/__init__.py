"""Notices leave the bridge here: their words, and the mail server."""
