"""The bridge's own database: institutions, contact mirror, links, runs, plans, outcomes. Django's ORM."""
