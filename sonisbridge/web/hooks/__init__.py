"""Where ActiveCampaign names contacts that changed."""
