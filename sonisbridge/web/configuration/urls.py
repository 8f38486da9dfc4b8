"""The pages of API Configuration; each route is below that of its institution."""

from sonisbridge.core.roles import Right
from sonisbridge.web.pages import page

from . import mapping, views, webhook

PAGES = [
    page("configuration/", views.configuration, name="configuration", needs=Right.CONFIGURE),
    page("configuration/connection/", views.connection, name="configuration-connection", needs=Right.CONFIGURE),
    page("configuration/pair/", views.pair, name="configuration-pair", needs=Right.CONFIGURE),
    page("configuration/mapping/", views.mapping, name="configuration-mapping", needs=Right.CONFIGURE),
    page("configuration/mapping.toml", mapping.mapping_file, name="configuration-mapping-file", needs=Right.CONFIGURE),
    page("configuration/sample/", mapping.sample, name="configuration-sample", needs=Right.CONFIGURE),
    page("configuration/sonis/", views.sonis, name="configuration-sonis", needs=Right.CONFIGURE),
    page("configuration/schema.toml", mapping.schema_file, name="configuration-schema-file", needs=Right.CONFIGURE),
    page("configuration/webhook/", webhook.webhook, name="configuration-webhook", needs=Right.CONFIGURE),
    page("configuration/choices/", views.choices, name="configuration-choices", needs=Right.CONFIGURE),
]
