"""Decides. Values in, values out: no input or output, no Django, no clock, no randomness."""
