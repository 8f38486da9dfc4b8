"""The command line: thin commands over sync/ (rule 16)."""
