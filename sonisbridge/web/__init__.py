"""The pages. Thin: they ask `sync` and `store`, and show what they say."""
