"""The SONIS edge: reads people, writes web prospects, over SQLAlchemy Core. Padding and column names stop here."""
