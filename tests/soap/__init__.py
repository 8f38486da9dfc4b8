"""SONIS over SOAP, against a look-alike made of the facts in docs/sonis.md alone."""
