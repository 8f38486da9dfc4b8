"""`python -m sonisbridge.cli` is `sonisbridge`."""

from sonisbridge.cli.main import main

main()
