"""The tables whose every change is noted by the database itself, whatever door it came through.

Each has a trigger `audit`, made by a migration of the roof. Of some, only what a person does in a request is noted: what
workers and imports write there by thousands is told by sweeps, issuances and records themselves.
"""

ALWAYS = frozenset(
    {
        "achievements_achievement",
        "achievements_hold",
        "badges_badge",
        "badges_badge_available_to",
        "badges_badgeprovider",
        "badges_badgeprovider_available_to",
        "badges_issuerkey",
        "classes_class",
        "classes_class_instructors",
        "courses_contentprovider",
        "courses_course",
        "courses_course_badges",
        "courses_course_publishing_groups",
        "courses_course_tags",
        "courses_courseactivity",
        "courses_coursetag",
        "courses_lab",
        "courses_learningpath",
        "courses_learningpathcourse",
        "courses_publishinggroup",
        "courses_publishinggroup_publishes_to",
        "courses_subscriptionprofile",
        "organizations_brand",
        "organizations_organization",
        "organizations_user_managed_organizations",
        "organizations_user_user_permissions",
    }
)
OF_PEOPLE = frozenset(
    {
        "achievements_sweep",
        "auth_group",  # the product's own roles are made by every migration
        "auth_group_permissions",
        "badges_badgeletter",
        "badges_issuancebatch",
        "badges_issuedbadge",
        "classes_enrollment",
        "courses_courseassignment",
        "listing_savedview",
        "organizations_user",  # in any case, where an account is changed or deleted
        "organizations_user_groups",
    }
)
WATCHED = ALWAYS | OF_PEOPLE
