"""sonisbridge keeps a college's SONIS and its ActiveCampaign account in agreement."""

__version__ = "0.1.0"
