"""A look-alike and a pair for each test, as the flows have them."""

from tests.flows.conftest import account, pair, pair_with

__all__ = ["account", "pair", "pair_with"]
