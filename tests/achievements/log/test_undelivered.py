"""The badges that did not arrive: one list, each student and badge once, until it is mended."""

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from achievements.log.undelivered import Cause, Repair, because_of, may_open, reason_of, still_open, undelivered_for
from achievements.models import EarnedAchievement, SweepProblem, UndeliveredBadge
from achievements.sweep import sweeper
from badges.delivery import rounds
from badges.held.revoking import revoke
from badges.models import BadgeProvider, IssuedBadge, ProviderPace, Via
from organizations.models import User
from tests.achievements.log.not_delivered import credly, earned_by, failed
from tests.factories import (
    PAST,
    AchievementFactory,
    BadgeFactory,
    EarnedAchievementFactory,
    IssuanceBatchFactory,
    IssuedBadgeFactory,
    StudentFactory,
    SweepFactory,
    UserFactory,
)
from tms.home.page import home_of


@pytest.fixture
def achievement(world):
    return AchievementFactory.create(
        name="Finisher",
        organization=world.academy,
        badge=BadgeFactory.create(name="Owl", organization=world.academy, provider__name="Seals"),
    )


def about(user):
    """What each line is about: an earned achievement, or an issued badge."""
    return [row.earned or row.issued for row in undelivered_for(user).order_by("pk")]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"email": ""}, "The student's account has no e-mail address."),
        ({"email": "nonsense"}, "The student's e-mail address is not valid."),
        ({"is_active": False}, "The student's account is closed. An administrator can open it again."),
    ],
)
def test_what_is_wrong_with_an_account_withholds_its_badge(world, achievement, fields, reason):
    earned = earned_by(world, achievement, **fields)
    earned_by(world, achievement)

    assert [(one.earned, reason_of(one)) for one in undelivered_for(world.administrator)] == [(earned, reason)]


def test_the_rows_of_a_page_are_read_by_their_ids(world, achievement):
    earned_by(world, achievement, email="")
    failed(achievement.badge)
    failed(achievement.badge)
    rows = list(undelivered_for(world.administrator).order_by("pk"))

    assert len(rows) == 3
    for some in (rows, rows[:1], rows[1:], []):
        assert list(UndeliveredBadge.objects.of_ids([row.pk for row in some]).order_by("pk")) == some


def test_a_provider_that_is_switched_off_withholds_the_badges_of_all(world, achievement):
    BadgeProvider.objects.update(is_enabled=False)
    rows = [earned_by(world, achievement), earned_by(world, achievement)]

    found = undelivered_for(world.administrator).order_by("pk")

    assert [(one.earned, reason_of(one)) for one in found] == [
        (row, "The badge provider Seals is switched off.") for row in rows
    ]


def test_a_missing_template_or_name_withholds_a_badge_of_credly_alone(world, achievement):
    without = AchievementFactory.create(organization=world.academy, badge=credly(world, name="A"))
    strict = AchievementFactory.create(
        organization=world.academy, badge=credly(world, name="B", provider_template_id="t")
    )
    rows = [earned_by(world, without), earned_by(world, strict, last_name=" ")]
    earned_by(world, strict)
    earned_by(world, achievement, last_name="")

    assert about(world.administrator) == rows


def test_each_student_and_badge_stands_in_it_once_until_it_is_mended(world, achievement):
    first = earned_by(world, achievement, email="")
    again = AchievementFactory.create(organization=world.academy, badge=achievement.badge)
    EarnedAchievementFactory.create(achievement=again, user=first.user)
    sweeper.award_everybody(at=timezone.now())
    sweeper.award_everybody(at=timezone.now())
    before = about(world.administrator)

    first.user.email = "there@example.test"
    first.user.save()
    sweeper.award_everybody(at=timezone.now())

    assert (before, about(world.administrator)) == ([first], [])


def test_what_was_issued_or_revoked_or_is_not_to_be_issued_is_not_withheld(world, achievement):
    held, out = earned_by(world, achievement, email=""), earned_by(world, achievement, email="")
    IssuedBadgeFactory.create(badge=achievement.badge, student=held.user)
    out.user.participates_in_achievements = False
    out.user.save()
    EarnedAchievementFactory.create(achievement__organization=world.academy, user__email="")

    assert about(world.administrator) == []


def test_a_failed_delivery_stands_beside_what_is_withheld_with_the_words_of_its_provider(world, achievement):
    earned = earned_by(world, achievement, email="")
    refused = failed(achievement.badge)
    revoked = failed(achievement.badge, status="revoked", revoked_at=PAST)
    IssuedBadgeFactory.create(badge=achievement.badge, delivery="pending")

    found = {row.earned or row.issued: reason_of(row) for row in undelivered_for(world.administrator)}

    assert found == {
        earned: "The student's account has no e-mail address.",
        refused: "No such earner.",
        revoked: "The badge provider was not told that the badge is revoked: No such earner.",
    }


@pytest.mark.parametrize(
    ("fields", "pace", "words"),
    [
        ({"paused_at": PAST}, {}, "Seals has been paused since 2 Mar 2026, 09:00."),
        ({"is_enabled": False}, {}, "Seals is switched off."),
        ({}, {"failures": 9}, "Seals does not answer."),
        ({}, {"refusals": 1}, None),
        ({}, {}, None),
    ],
)
def test_what_waits_for_somebody_to_look_after_its_provider_did_not_arrive(world, achievement, fields, pace, words):
    provider = achievement.badge.provider
    BadgeProvider.objects.filter(pk=provider.pk).update(**fields)
    if pace:
        later = timezone.now() + dt.timedelta(hours=1)
        ProviderPace.objects.create(provider=provider, next_at=later, held_until=later, **pace)
    row = IssuedBadgeFactory.create(badge=achievement.badge, delivery="pending", status="pending")
    told = IssuedBadgeFactory.create(badge=achievement.badge, delivery="uncertain", status="revoked", revoked_at=PAST)
    soon = timezone.now() + dt.timedelta(minutes=1)
    batch = IssuanceBatchFactory.create(organization=world.academy)
    IssuedBadgeFactory.create(badge=achievement.badge, delivery="pending", batch=batch, next_attempt_at=soon)

    found = {one.issued: reason_of(one) for one in undelivered_for(world.administrator)}

    assert set(found) == ({row, told} if words else set())
    if words:
        assert found[row].startswith(words)
        assert found[told].startswith(f"The badge provider was not told that the badge is revoked: {words}")
        assert because(world, Cause.WAITS) == {row, told}
        assert because(world, Cause.FAILED) == set()


def because(world, cause):
    return {one.issued for one in undelivered_for(world.administrator).filter(because_of(cause))}


def test_of_a_student_and_badge_what_failed_is_mended_before_what_waits(world, achievement):
    BadgeProvider.objects.update(paused_at=PAST)
    old = failed(achievement.badge, status="revoked", revoked_at=PAST)
    new = IssuedBadgeFactory.create(badge=achievement.badge, student=old.student, delivery="pending", status="pending")

    before = about(world.administrator)
    IssuedBadge.objects.filter(pk=old.pk).update(delivery="pending")

    assert (before, about(world.administrator)) == ([old], [new])


def test_what_was_earned_and_whose_delivery_failed_stands_there_once(world, achievement):
    earned = earned_by(world, achievement, email="")
    failed(achievement.badge, student=earned.user, status="revoked", revoked_at=PAST)
    again = failed(achievement.badge, student=earned.user)

    assert about(world.administrator) == [again]


@pytest.mark.parametrize("mended", ["retried", "revoked", "delivered"])
def test_a_failed_delivery_leaves_the_list_once_it_is_mended(world, achievement, mended):
    row = failed(achievement.badge)
    before = about(world.administrator)

    if mended == "revoked":
        revoke([row], by=world.administrator, reason="Why", at=timezone.now())
    elif mended == "retried":
        rounds.retry(IssuedBadge.objects.all())
    else:
        IssuedBadge.objects.update(delivery="delivered")

    assert (before, about(world.administrator)) == ([row], [])


def test_the_number_on_home_and_profile_is_that_of_the_list(world, achievement, signed_in):
    rows = [earned_by(world, achievement, email=""), earned_by(world, achievement, email="")]
    failed(achievement.badge)
    failed(credly(world, name="Elk"), student=rows[0].user)
    client = signed_in(world.administrator)

    home = home_of(world.administrator, at=rows[0].earned_at)
    everybody = client.get(reverse("achievements:undelivered"))
    profile = client.get(reverse("achievements:user", args=[rows[0].user_id]))
    one = client.get(reverse("achievements:undelivered"), {"user": rows[0].user_id}).context["listing"]

    assert (home.undelivered, everybody.context["listing"].count) == (4, 4)
    assert (len(profile.context["withheld"]), one.count) == (2, 2)
    assert "The student&#x27;s account has no e-mail address." in everybody.text


CAUSES: dict[str, dict[str, Any]] = {
    Cause.NO_EMAIL: {"student": {"email": ""}},
    Cause.BAD_EMAIL: {"student": {"email": "nonsense"}},
    Cause.ACCOUNT_CLOSED: {"student": {"is_active": False}},
    Cause.NO_NAME: {"student": {"first_name": " "}, "badge": {"provider_template_id": "t"}},
    Cause.PROVIDER_OFF: {"provider": {"is_enabled": False}},
    Cause.NO_TEMPLATE: {"badge": {"provider_template_id": ""}},
}


@pytest.fixture
def caused(world):
    """Of every cause a row; delivery failed in two ways."""
    rows: dict[str, Any] = {}
    for cause, fields in CAUSES.items():
        badge = credly(world, name=cause, **{"provider_template_id": "t", **fields.get("badge", {})})
        BadgeProvider.objects.filter(pk=badge.provider_id).update(**fields.get("provider", {}))
        badge.provider.refresh_from_db()
        achievement = AchievementFactory.create(organization=world.academy, badge=badge)
        rows[cause] = earned_by(world, achievement, **fields.get("student", {}))
    badge = credly(world, name="Gone", provider_template_id="gone")
    rows["gone"] = failed(badge, failure_code="template_unusable", failure_message="The template is archived.")
    rows[Cause.FAILED] = failed(badge)
    paused = credly(world, name="Waits", provider_template_id="t")
    BadgeProvider.objects.filter(pk=paused.provider_id).update(paused_at=PAST)
    rows[Cause.WAITS] = IssuedBadgeFactory.create(badge=paused, delivery="pending", status="pending")
    return rows


@pytest.mark.parametrize("cause", Cause)
def test_the_list_is_narrowed_by_a_cause(world, caused, signed_in, cause):
    page = signed_in(world.administrator).get(reverse("achievements:undelivered"), {"cause": cause})

    also = {Cause.NO_TEMPLATE: ["gone"], Cause.FAILED: ["gone"]}.get(cause, [])
    found = {row.earned or row.issued for row in page.context["listing"].page}
    assert found == {caused[name] for name in (cause, *also)}


def test_each_line_leads_to_where_it_is_mended(world, caused, signed_in):
    world.administrator.is_staff = True
    world.administrator.save()

    page = signed_in(world.administrator).get(reverse("achievements:undelivered"), {"per_page": "100"})

    repairs = {
        row.earned or row.issued: [(one.words, one.url) for one in row.repairs] for row in page.context["listing"].page
    }
    edits = {
        name: ("Edit the account", f"/admin/organizations/user/{row.user_id}/change/")
        for name, row in of_accounts(caused)
    }
    gone, refused, off = caused["gone"], caused[Cause.FAILED], caused[Cause.PROVIDER_OFF]
    without = caused[Cause.NO_TEMPLATE].achievement.badge_id
    provider, waits = off.achievement.badge.provider_id, caused[Cause.WAITS]
    assert repairs == {caused[name]: [edit] for name, edit in edits.items()} | {
        off: [("Edit the badge provider", f"/badge-providers/{provider}/edit/")],
        caused[Cause.NO_TEMPLATE]: [("Edit the badge", f"/badges/{without}/edit/")],
        gone: [("Edit the badge", f"/badges/{gone.badge_id}/edit/"), ("Retry or revoke", f"/badges/issued/{gone.pk}/")],
        refused: [("Retry or revoke", f"/badges/issued/{refused.pk}/")],
        waits: [("Open the badge provider", f"/badge-providers/{waits.provider_id}/")],
    }


def of_accounts(caused):
    names = (Cause.NO_EMAIL, Cause.BAD_EMAIL, Cause.ACCOUNT_CLOSED, Cause.NO_NAME)
    return [(name, caused[name]) for name in names]


def test_a_sweep_says_how_many_of_its_failures_are_still_open(world, achievement, signed_in):
    rows = [earned_by(world, achievement, email="") for _ in range(3)]
    again = AchievementFactory.create(organization=world.academy, badge=achievement.badge)
    EarnedAchievementFactory.create(achievement=again, user=rows[0].user)
    run = SweepFactory.create(failed=4, finished_at=PAST)
    for row in (*rows, EarnedAchievement.objects.get(achievement=again)):
        SweepProblem.objects.create(sweep=run, achievement=row.achievement, student=row.user, code="x", message="x")
    earned_by(world, achievement, email="")
    User.objects.filter(pk=rows[2].user_id).update(email="there@example.test")
    client = signed_in(world.administrator)

    page = client.get(reverse("achievements:sweep", args=[run.pk]))
    behind = client.get(reverse("achievements:undelivered"), {"sweep": run.pk}).context["listing"]

    assert "4 failed in this sweep." in page.text
    assert "Of these, 2 badges are still not delivered." in page.text
    assert f'href="/undelivered/?sweep={run.pk}"' in page.text
    assert {row.earned for row in behind.page} == set(rows[:2])


def test_a_sweep_that_kept_some_of_its_problems_says_at_least(world, achievement, signed_in):
    row = earned_by(world, achievement, email="")
    run = SweepFactory.create(failed=180, finished_at=PAST)
    SweepProblem.objects.create(sweep=run, achievement=achievement, student=row.user, code="x", message="x")
    root = UserFactory.create(organization=world.umbrella, is_superuser=True)

    page = signed_in(root).get(reverse("achievements:sweep", args=[run.pk])).text

    assert still_open(run, user=root).is_all is False
    assert "Of these, at least 1 badge is still not delivered." in page


def test_a_sweep_without_failures_says_nothing_of_them(world, signed_in):
    run = SweepFactory.create(finished_at=PAST)

    page = signed_in(world.administrator).get(reverse("achievements:sweep", args=[run.pk])).text

    assert "failed in this sweep" not in page


def test_the_export_says_why(world, caused, signed_in):
    answer = signed_in(world.administrator).get(
        reverse("achievements:undelivered"),
        {"export": "csv", "cause": Cause.FAILED, "columns": ["badge", "state", "reason"]},
    )

    assert sorted(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()[1:]) == [
        "Gone,Failed,No such earner.",
        "Gone,Failed,The template is archived.",
    ]


def test_another_organization_s_people_are_not_in_it(world, achievement, signed_in):
    earned_by(world, AchievementFactory.create(organization=world.outside, badge=achievement.badge), email="")
    EarnedAchievementFactory.create(
        achievement__organization=world.outside,
        achievement__badge=BadgeFactory.create(organization=world.outside),
        user=StudentFactory.create(organization=world.outside, email=""),
    )

    assert undelivered_for(world.administrator).count() == 1


def from_a_roster(world, student, by, **fields):
    """A badge that was issued from the class's roster and refused by its provider."""
    batch = IssuanceBatchFactory.create(organization=world.academy, source_id=world.klass.pk, issued_by=by)
    return failed(
        BadgeFactory.create(organization=world.academy),
        student=student,
        batch=batch,
        issued_by=by,
        **{"via": Via.ROSTER, "source_id": world.klass.pk, **fields},
    )


def test_who_teaches_sees_what_was_issued_from_the_own_rosters_and_by_the_own_hand(world, achievement):
    of_student = from_a_roster(world, world.student, world.administrator)
    of_guest = from_a_roster(world, world.guest, world.administrator)
    by_hand = from_a_roster(world, world.guest, world.instructor, source_id=None)
    from_a_roster(world, world.student, None, via=Via.ACHIEVEMENT)
    from_a_roster(world, world.student, world.administrator, source_id=0)
    failed(achievement.badge)
    earned_by(world, achievement, email="")

    seen = {name: about(user) for name, user in world.personas.items() if may_open(user) and name != "administrator"}

    assert seen == {"instructor": [of_student, by_hand], "contractor": [of_student, of_guest]}


def test_who_may_no_longer_issue_has_nothing_of_what_he_or_she_issued(world):
    from_a_roster(world, world.guest, world.instructor, source_id=None)
    role = world.instructor.groups.get()
    role.permissions.remove(role.permissions.get(codename="issue_badges"))

    assert about(world.instructor) == []


def test_who_teaches_is_led_to_the_own_issuance_and_else_told_whom_to_ask(world, signed_in):
    own = from_a_roster(world, world.student, world.instructor)
    from_a_roster(world, world.student, world.administrator)

    response = signed_in(world.instructor).get(reverse("achievements:undelivered"))

    repairs = {row.issued_id: row.repairs for row in response.context["listing"].page}
    issuance = reverse("badges:issuance", args=[own.batch_id])
    assert repairs.pop(own.pk) == [Repair("Open the issuance", issuance)]
    assert [*repairs.values()] == [[Repair("Ask an administrator of Academy.")]]
    assert reverse("badges:issued_badge", args=[own.pk]) not in response.text
    assert signed_in(world.instructor).get(issuance).status_code == 200
