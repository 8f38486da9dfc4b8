"""Where the OpenAPI document is wrong or silent, and what the sandbox does instead."""

# operation -> {difference: why the document is not followed}
DIFFERENCES: dict[str, dict[str, str]] = {
    "POST /fields": dict.fromkeys(
        ("fields: missing", "fieldOptions: missing", "fieldRels: missing", "meta: missing"),
        "The example is that of the listing. The guide shows one field; switch field_reply.",
    ),
    "GET /accountContacts": {
        "meta.queryLog: missing": "SQL left over from debugging, in this one example only.",
    },
    "GET /accountContacts/{id}": {
        "meta: missing": "Holds nothing but SQL left over from debugging.",
    },
}

# Operations whose reply is not compared at all.
NOT_COMPARED: dict[str, str] = {
    "GET /automations/{automationId}": "The example is that of the listing; one automation here.",
    "GET /automations/{id}": "A second entry for the same path, with the same wrong example.",
    "GET /contacts/{contactId}/trackingLogs": "A second entry for /contacts/{id}/trackingLogs.",
}

# Whole families that are outside what a contact integration touches, by the first segment.
# The first answer 403 as features that the plan lacks, the last 404.
NOT_IN_PLAN = (
    "brandings",
    "calendars",
    "campaign",
    "campaigns",
    "connections",
    "contactDeals",
    "content",
    "customObjects",
    "dealActivities",
    "dealCustomFieldData",
    "dealCustomFieldMeta",
    "dealGroup",
    "dealGroups",
    "dealRoles",
    "dealStages",
    "dealTasks",
    "dealTasktypes",
    "deals",
    "ecomCustomers",
    "ecomOrderProducts",
    "ecomOrders",
    "messages",
    "records",
    "stripo",
    "taskNotifications",
    "taskOutccomes",
    "taskOutcomes",
    "tasktypeOutcomeRels",
    "templates",
)
NOT_SERVED = (
    "addressGroups",
    "addressLists",
    "addresses",
    "configs",
    "eventTracking",
    "eventTrackingEvents",
    "form",
    "forms",
    "geoIps",
    "groupLimits",
    "localevent",
    "personalizations",
    "prism",
    "savedResponses",
    "scores",
    "siteTracking",
    "trackingLogs",
)
