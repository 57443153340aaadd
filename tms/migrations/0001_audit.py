from django.db import migrations

# What stays of an entry is one row: who acted is what the transaction was told (organizations.audit.acting).
FUNCTION = """
CREATE OR REPLACE FUNCTION audit_row() RETURNS trigger LANGUAGE plpgsql AS $$
-- Arguments: the kind, the column with the id of the row that this is about, the column with the person it happens to, a
-- query for the organization ($1 is the row), columns that are not told of, columns whose values are not kept.
DECLARE
    acting CONSTANT jsonb := nullif(current_setting('tms.acting', true), '')::jsonb;
    actor CONSTANT bigint := (acting ->> 'actor')::bigint;
    ignored CONSTANT text[] := string_to_array(TG_ARGV[4], ' ');
    hidden CONSTANT text[] := string_to_array(TG_ARGV[5], ' ');
    old_row jsonb := '{}';
    new_row jsonb := '{}';
    told jsonb;
    owner bigint;
    old_values jsonb;
    new_values jsonb;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        old_row := to_jsonb(OLD);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        new_row := to_jsonb(NEW);
    END IF;
    told := CASE WHEN TG_OP = 'DELETE' THEN old_row ELSE new_row END;
    SELECT jsonb_object_agg(key, CASE WHEN key = ANY(hidden) THEN '"…"' ELSE old_row -> key END) FILTER (WHERE is_said(old_row -> key)),
        jsonb_object_agg(key, CASE WHEN key = ANY(hidden) THEN '"…"' ELSE new_row -> key END) FILTER (WHERE is_said(new_row -> key))
    INTO old_values, new_values
    FROM jsonb_object_keys(told) AS key
    WHERE key <> ALL(ignored) AND key <> 'id' AND old_row -> key IS DISTINCT FROM new_row -> key;
    IF TG_OP = 'UPDATE' AND old_values IS NULL AND new_values IS NULL THEN
        RETURN NULL;
    END IF;
    EXECUTE TG_ARGV[3] INTO owner USING told;
    INSERT INTO organizations_auditentry
        (at, action, result, actor_id, address, request_id, organization_id, person_id, kind, row_id, words, before, after)
    VALUES (
        clock_timestamp(), CASE TG_OP WHEN 'INSERT' THEN 'added' WHEN 'UPDATE' THEN 'changed' ELSE 'deleted' END, 'done', actor,
        (acting ->> 'address')::inet, coalesce(acting ->> 'request', ''),
        coalesce(owner, (SELECT organization_id FROM organizations_user WHERE id = actor)),
        (told ->> nullif(TG_ARGV[2], ''))::bigint, TG_ARGV[0], (told ->> TG_ARGV[1])::bigint,
        CASE WHEN 'name' = ANY(hidden) THEN '' ELSE left(coalesce(told ->> 'name', ''), 255) END,
        coalesce(old_values, '{}'), coalesce(new_values, '{}'));
    RETURN NULL;
END $$
"""
SAID = """
CREATE OR REPLACE FUNCTION is_said(value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN value IS NOT NULL AND value <> 'null' AND value <> '""' AND value <> '[]' AND value <> '{}'
"""

OWN = "SELECT ($1 ->> 'organization_id')::bigint"
NOBODYS = "SELECT NULL::bigint"


def of(table, column):
    return f"SELECT organization_id FROM {table} WHERE id = ($1 ->> '{column}')::bigint"


OF_BADGE = of("badges_badge", "badge_id")
OF_PROVIDER = of("badges_badgeprovider", "badgeprovider_id")
OF_COURSE = of("courses_course", "course_id")
OF_PERSON = of("organizations_user", "user_id")
OF_LETTER = """
SELECT organization_id FROM badges_badge
WHERE id = (SELECT badge_id FROM badges_issuedbadge WHERE id = ($1 ->> 'issued_badge_id')::bigint)
"""
KEEPING = "created_at modified_at switched_at"
OF_PROVIDER_AT_WORK = (
    "last_success_at last_error_at last_error verified_at token_expires_at lacking_scopes templates_read_at polled_at"
    " polled_page polled_fully_at polling_until"
)
OF_ISSUED_AT_WORK = (
    "public_id evidence attempts next_attempt_at sent_at template_ref looks claimed_at external_id status_changed_at"
    " provider_changed_at source_words source_id failed_at delivered_at failure_code"
)
WORDS_OF_ISSUED = "recipient_email note link revocation_reason failure_message public_url accept_url"
WORDS_OF_PERSON = "password username first_name last_name email earner_id"

ACTING = "coalesce(current_setting('tms.acting', true), '') <> ''"
EVERY = "INSERT OR UPDATE OR DELETE"


def watch(  # noqa: PLR0913 - a line of the table below
    table, kind, organization=OWN, *, row="id", person="", ignored="", hidden="", when="", events=EVERY, name="audit"
):
    """The trigger of one table. `when`: only what is so is noted."""
    arguments = ", ".join(
        "'" + argument.replace("'", "''") + "'"
        for argument in (kind, row, person, organization, f"{KEEPING} {ignored}".strip(), hidden)
    )
    return migrations.RunSQL(
        f"CREATE OR REPLACE TRIGGER {name} AFTER {events} ON {table} FOR EACH ROW {when and f'WHEN ({when})'}"
        f" EXECUTE FUNCTION audit_row({arguments})",
        f"DROP TRIGGER {name} ON {table}",
    )


def of_people(table, kind, organization=OWN, **more):
    """A table in which workers and imports write by thousands: what a person does in a request is noted."""
    return watch(table, kind, organization, when=ACTING, **more)


class Migration(migrations.Migration):
    """The database itself notes every change of these tables (docs/decisions/0031)."""

    atomic = False  # each table is locked for a moment alone, and what was done is not done twice

    dependencies = [
        ("organizations", "0013_audit"),
        ("listing", "0001_initial"),
        ("badges", "0014_step_moments"),
        ("courses", "0004_newest_assignments"),
        ("classes", "0004_search_enrollments"),
        ("achievements", "0006_waiting_badges"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.RunSQL(SAID, "DROP FUNCTION is_said(jsonb)"),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION audit_row()"),
        watch("achievements_achievement", "achievements.achievement", ignored="version evaluated_at"),
        watch("achievements_hold", "achievements.hold", of("achievements_achievement", "achievement_id"), ignored="sweep_id"),
        of_people("auth_group", "auth.group", NOBODYS),
        of_people("auth_group_permissions", "auth.group", NOBODYS, row="group_id"),
        watch("badges_badge", "badges.badge", ignored="public_id"),
        watch("badges_badge_available_to", "badges.badge", OF_BADGE, row="badge_id"),
        watch(
            "badges_badgeprovider",
            "badges.badgeprovider",
            ignored=f"public_id {OF_PROVIDER_AT_WORK}",
            hidden="encrypted_token webhook_digest contact_email",
        ),
        watch("badges_badgeprovider_available_to", "badges.badgeprovider", OF_PROVIDER, row="badgeprovider_id"),
        watch(
            "badges_issuerkey",
            "badges.issuerkey",
            of("badges_badgeprovider", "provider_id"),
            ignored="public_key",
            hidden="encrypted_private_key",
        ),
        watch("classes_class", "classes.class"),
        watch("classes_class_instructors", "classes.class", of("classes_class", "class_id"), row="class_id", person="user_id"),
        watch("courses_contentprovider", "courses.contentprovider"),
        watch("courses_course", "courses.course"),
        watch("courses_course_badges", "courses.course", OF_COURSE, row="course_id"),
        watch("courses_course_publishing_groups", "courses.course", OF_COURSE, row="course_id"),
        watch("courses_course_tags", "courses.course", OF_COURSE, row="course_id"),
        watch("courses_courseactivity", "courses.course", OF_COURSE, row="course_id"),
        watch("courses_coursetag", "courses.coursetag"),
        watch("courses_lab", "courses.lab"),
        watch("courses_learningpath", "courses.learningpath"),
        watch(
            "courses_learningpathcourse",
            "courses.learningpath",
            of("courses_learningpath", "learning_path_id"),
            row="learning_path_id",
        ),
        watch("courses_publishinggroup", "courses.publishinggroup"),
        watch(
            "courses_publishinggroup_publishes_to",
            "courses.publishinggroup",
            of("courses_publishinggroup", "publishinggroup_id"),
            row="publishinggroup_id",
        ),
        watch("courses_subscriptionprofile", "courses.subscriptionprofile"),
        watch("organizations_brand", "organizations.brand", row="organization_id"),
        watch("organizations_organization", "organizations.organization", "SELECT ($1 ->> 'id')::bigint"),
        watch("organizations_user_managed_organizations", "organizations.user", OF_PERSON, row="user_id", person="user_id"),
        watch("organizations_user_user_permissions", "organizations.user", OF_PERSON, row="user_id", person="user_id"),
        watch(
            "organizations_user",
            "organizations.user",
            person="id",
            ignored="last_login has_old_name",
            hidden=WORDS_OF_PERSON,
            events="UPDATE OR DELETE",
        ),
        of_people(
            "organizations_user",
            "organizations.user",
            person="id",
            ignored="last_login has_old_name",
            hidden=WORDS_OF_PERSON,
            events="INSERT",
            name="audit_added",
        ),
        of_people("organizations_user_groups", "organizations.user", OF_PERSON, row="user_id", person="user_id"),
        of_people("achievements_sweep", "achievements.sweep", NOBODYS, ignored="worker"),
        of_people(
            "badges_badgeletter", "badges.issuedbadge", OF_LETTER, row="issued_badge_id", ignored="attempts sent_at"
        ),
        of_people("badges_issuancebatch", "badges.issuancebatch", ignored="idempotency_key source_words"),
        of_people(
            "badges_issuedbadge",
            "badges.issuedbadge",
            OF_BADGE,
            person="student_id",
            ignored=OF_ISSUED_AT_WORK,
            hidden=WORDS_OF_ISSUED,
        ),
        of_people("classes_enrollment", "classes.enrollment", of("classes_class", "klass_id"), person="student_id"),
        of_people(
            "courses_courseassignment",
            "courses.courseassignment",
            of("organizations_user", "student_id"),
            person="student_id",
        ),
        of_people("listing_savedview", "listing.savedview", hidden="name query"),
    ]
