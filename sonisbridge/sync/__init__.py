"""Joins the two edges and the store: each flow top to bottom, as its own summary."""
