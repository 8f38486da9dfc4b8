"""The ActiveCampaign edge: HTTP to one account, its pace, its retries, its errors made ours."""
