"""A stateful ActiveCampaign v3 look-alike: a program of its own that imports nothing of ours."""
