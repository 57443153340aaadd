import datetime as dt
from collections import Counter

import pytest
from django.urls import reverse
from django.utils import timezone

from achievements.log.sweep_reports import News
from achievements.models import EarnedAchievement, Sweep, SweepPart
from achievements.pages.views import sweeps
from achievements.sweep import lock
from achievements.sweep.sweeper import award_everybody
from badges.models import Via
from operation.models import SweepHint
from organizations.models import Organization, User
from tests.achievements.pages.reading import messages_of, page
from tests.factories import (
    PAST,
    AchievementFactory,
    AdministratorFactory,
    BadgeFactory,
    EarnedAchievementFactory,
    IssuedBadgeFactory,
    SweepFactory,
    SweepProblemFactory,
    TrainingRecordFactory,
)

SWEEPS = reverse("achievements:sweeps")
RUN = reverse("achievements:run_sweep")
NOW = timezone.now()


def test_the_log_shows_the_newest_sweep_first(superuser):
    earlier = SweepFactory.create(started_at=PAST, finished_at=PAST + dt.timedelta(seconds=4))
    later = SweepFactory.create(started_at=PAST + dt.timedelta(hours=1), kind=Sweep.Kind.DRAIN, failed=2)

    everything = superuser.get(SWEEPS)
    failed = superuser.get(SWEEPS, {"failed": "true"})
    sweeps = superuser.get(SWEEPS, {"kind": "full"})

    lists = [list(response.context["listing"].page) for response in (everything, failed, sweeps)]
    assert lists == [[later, earlier], [later], [earlier]]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_log_takes_eleven_queries(world, administrator, django_assert_num_queries, rows):
    SweepFactory.create_batch(rows, started_by=world.administrator, finished_at=PAST)

    with django_assert_num_queries(12):
        administrator.get(SWEEPS)


def test_the_log_names_who_is_in_reach_alone(world, administrator):
    for person in (world.administrator, AdministratorFactory.create(last_name="Elsewhere"), None):
        SweepFactory.create(started_by=person)

    text = administrator.get(SWEEPS).content.decode()

    assert [words in text for words in (f"by {world.administrator}", "by an administrator", "Automatically")] == [
        True
    ] * 3
    assert "Elsewhere" not in text


def test_the_log_says_when_the_sweep_is_late(administrator):
    SweepFactory.create(started_at=PAST, finished_at=PAST)

    assert "The sweep is late." in administrator.get(SWEEPS).content.decode()


@pytest.mark.parametrize(
    ("persona", "status"),
    [("administrator", 200), ("instructor", 404), ("contractor", 404), ("student", 404), ("stranger", 404)],
)
def test_a_sweep_is_for_administrators(world, signed_in, persona, status):
    sweep = SweepFactory.create()

    response = signed_in(getattr(world, persona)).get(page("sweep", sweep.pk))

    assert response.status_code == status


def test_a_sweep_tells_what_it_did_achievement_by_achievement(world, achievement, administrator):
    badge = BadgeFactory.create(organization=world.academy)
    achievement.badge = badge
    achievement.save()
    sweep = SweepFactory.create(finished_at=PAST)
    EarnedAchievementFactory.create(sweep=sweep, achievement=achievement, user=world.student)
    EarnedAchievementFactory.create(sweep=sweep, achievement=achievement)
    EarnedAchievementFactory.create(achievement=achievement)
    IssuedBadgeFactory.create(badge=badge, student=world.student, via=Via.ACHIEVEMENT, source_id=achievement.pk)
    SweepProblemFactory.create_batch(3, sweep=sweep, achievement=achievement)
    other = AchievementFactory.create(name="Held", organization=world.academy)
    SweepPart.objects.create(sweep=sweep, achievement=other, held=12, late_badges=4)
    SweepProblemFactory.create(sweep=sweep)

    news = administrator.get(page("sweep", sweep.pk)).context["news"]

    assert news == [
        News(other, earned=0, with_badge=0, late_badges=4, held=12, failed=0),
        News(achievement, earned=2, with_badge=1, late_badges=0, held=0, failed=3),
    ]


def test_each_run_keeps_what_it_held_back(world, administrator):
    Organization.objects.filter(pk=world.academy.pk).update(approval_limit=0)
    achievement = AchievementFactory.create(organization=world.academy)
    TrainingRecordFactory.create(user=world.student, course=world.course)

    runs = [award_everybody(at=NOW), award_everybody(at=NOW + dt.timedelta(hours=1))]

    held = News(achievement, earned=0, with_badge=0, late_badges=0, held=1, failed=0)
    assert [administrator.get(page("sweep", run.pk)).context["news"] for run in runs] == [[held], [held]]


def test_a_run_tells_of_badges_to_those_who_had_earned_it_before(world, administrator):
    achievement = AchievementFactory.create(organization=world.academy)
    EarnedAchievementFactory.create(achievement=achievement, user=world.student)
    achievement.badge = BadgeFactory.create(organization=world.academy)
    achievement.save()

    run = award_everybody(at=NOW)

    response = administrator.get(page("sweep", run.pk))
    assert response.context["news"] == [
        News(achievement, earned=0, with_badge=0, late_badges=1, held=0, failed=0),
    ]
    assert f"{reverse('badges:issued')}?from_achievement={achievement.pk}" in response.text


def test_awards_link_to_their_badges(world, achievement, administrator):
    badge = BadgeFactory.create(organization=world.academy)
    achievement.badge = badge
    achievement.save()
    sweep = SweepFactory.create()
    earned = EarnedAchievementFactory.create(
        sweep=sweep, achievement=achievement, user=world.student, delay=dt.timedelta(seconds=65)
    )
    elsewhere = EarnedAchievementFactory.create(sweep=sweep)
    issued = IssuedBadgeFactory.create(
        badge=badge, student=world.student, via=Via.ACHIEVEMENT, source_id=achievement.pk
    )

    response = administrator.get(page("sweep_awards", sweep.pk))

    assert list(response.context["listing"].page) == [earned]
    assert reverse("badges:issued_badge", args=[issued.pk]) in response.content.decode()
    assert reverse("achievements:user", args=[world.student.pk]) in response.content.decode()
    assert elsewhere.achievement.name not in response.content.decode()


def test_problems_give_their_reasons(world, achievement, administrator):
    sweep = SweepFactory.create()
    ours = SweepProblemFactory.create(
        sweep=sweep, achievement=achievement, student=world.student, message="Has no e-mail address."
    )
    unevaluated = SweepProblemFactory.create(sweep=sweep, achievement=achievement, message="Cannot be evaluated.")
    SweepProblemFactory.create(sweep=sweep)

    response = administrator.get(page("sweep_problems", sweep.pk))

    assert list(response.context["listing"].page) == [ours, unevaluated]
    assert "Has no e-mail address." in response.content.decode()


def test_a_problem_of_our_student_with_an_achievement_of_others_is_told(world, administrator):
    """We see the award, and it is for us to mend what keeps the badge from the student."""
    sweep = SweepFactory.create()
    theirs = AchievementFactory.create(organization=world.partner, is_global=True)
    ours = SweepProblemFactory.create(sweep=sweep, achievement=theirs, student=world.student, message="No address.")
    SweepProblemFactory.create(sweep=sweep, achievement=theirs, student=world.guest)

    response = administrator.get(page("sweep_problems", sweep.pk))

    assert list(response.context["listing"].page) == [ours]
    assert administrator.get(page("sweep", sweep.pk)).context["news"] == [
        News(theirs, earned=0, with_badge=0, late_badges=0, held=0, failed=1)
    ]


def test_the_log_tells_what_runs_and_what_stopped(world, administrator):
    SweepFactory.create(started_at=PAST)
    SweepFactory.create(started_at=PAST, is_stopped=True)
    SweepFactory.create(finished_at=PAST)

    with lock.holding():
        text = administrator.get(SWEEPS).text

    assert (text.count("Running</span>"), text.count("Stopped</span>")) == (1, 1)


@pytest.mark.parametrize(("seconds", "is_running"), [(60, True), (180, False)])
def test_a_drain_that_has_not_ended_is_taken_for_running_as_long_as_drains_take(world, superuser, seconds, is_running):
    drain = SweepFactory.create(kind=Sweep.Kind.DRAIN, started_at=timezone.now() - dt.timedelta(seconds=seconds))

    assert superuser.get(page("sweep", drain.pk)).context["progress"].is_running is is_running


def test_a_page_that_takes_long_to_count_counts_less_often(world, administrator, monkeypatch):
    running = SweepFactory.create(started_at=timezone.now())
    clock = iter([0.0, 0.5])
    monkeypatch.setattr(sweeps, "monotonic", lambda: next(clock))

    with lock.holding():
        response = administrator.get(page("sweep", running.pk))

    assert 'hx-trigger="every 10s"' in response.text


def test_a_problem_with_an_address_does_not_give_the_address(world, achievement, administrator):
    """The owner of an achievement sees who earned it, of whatever organization; the address is the student's own."""
    achievement.badge, achievement.is_global = BadgeFactory.create(organization=world.academy), True
    achievement.save()
    User.objects.filter(pk=world.guest.pk).update(email="canary@@secret")
    Organization.objects.filter(pk=world.partner.pk).update(parent=world.umbrella)
    TrainingRecordFactory.create(user=world.guest, course=world.course)
    run = award_everybody(at=PAST + dt.timedelta(days=1))

    response = administrator.get(page("sweep_problems", run.pk))

    found = [(row.student, row.message) for row in response.context["listing"].page]
    assert found == [(world.guest, "The student's e-mail address is not valid.")]
    assert "canary" not in response.text


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("name", "queries"), [("sweep", 17), ("sweep_awards", 12), ("sweep_problems", 12)])
def test_queries_of_a_sweep(world, achievement, administrator, django_assert_num_queries, rows, name, queries):
    sweep = SweepFactory.create(started_by=world.administrator, finished_at=PAST)
    for one in AchievementFactory.create_batch(rows, organization=world.academy):
        SweepProblemFactory.create(sweep=sweep, achievement=one, student=world.student)
        EarnedAchievementFactory.create(sweep=sweep, achievement=one)

    with django_assert_num_queries(queries):
        administrator.get(page(name, sweep.pk))


def states(administrator, sweep):
    progress = administrator.get(page("sweep", sweep.pk)).context["progress"]
    names = ("is_waiting", "is_running", "is_stopped", "is_finished")
    return [name for name in names if getattr(progress, name)]


def test_the_four_states_of_a_sweep(administrator):
    waiting = SweepFactory.create(is_waiting=True)
    running, stopped = SweepFactory.create(), SweepFactory.create(is_stopped=True)
    finished = SweepFactory.create(finished_at=PAST)

    with lock.holding():
        found = [states(administrator, one) for one in (waiting, running, stopped, finished)]

    assert found == [["is_waiting"], ["is_running"], ["is_stopped"], ["is_finished"]]


@pytest.mark.parametrize("in_production", [True, False])
@pytest.mark.parametrize(("seconds", "is_said"), [(2, False), (60, True)])
def test_a_sweep_that_no_worker_begins_says_what_to_look_at(administrator, settings, seconds, is_said, in_production):
    settings.PRODUCTION = in_production
    waiting = SweepFactory.create(is_waiting=True, started_at=timezone.now() - dt.timedelta(seconds=seconds))

    text = administrator.get(page("sweep", waiting.pk)).content.decode()

    assert ("docker compose ps beat worker broker" in text) is (is_said and in_production)
    assert ("<code>.venv/bin/python manage.py sweep</code>" in text) is (is_said and not in_production)


def test_only_what_goes_on_is_asked_for_again(administrator):
    waiting, finished = SweepFactory.create(is_waiting=True), SweepFactory.create(finished_at=PAST)

    polls = ['hx-trigger="every ' in administrator.get(page("sweep", one.pk)).text for one in (waiting, finished)]

    assert polls == [True, False]


def test_progress_comes_as_a_piece_of_the_page(superuser):
    running = SweepFactory.create(achievements=200, evaluated=50, started_at=timezone.now())

    with lock.holding():
        text = superuser.get(page("sweep", running.pk), headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in text
    assert "50 of 200 achievements evaluated" in text


@pytest.mark.parametrize("persona", ["instructor", "contractor", "student", "stranger"])
def test_only_administrators_run_a_sweep(world, signed_in, persona):
    response = signed_in(getattr(world, persona)).post(RUN)

    assert response.status_code == 403


def test_running_a_sweep_is_no_link(administrator):
    response = administrator.get(RUN)

    assert response.status_code == 405


def test_run_now_without_a_broker_waits_and_says_so(superuser):
    response = superuser.post(RUN, follow=True)

    asked = Sweep.objects.get()
    assert (asked.is_waiting, asked.started_by) == (True, response.context["user"])
    assert response.redirect_chain == [(page("sweep", asked.pk), 302)]
    assert messages_of(response) == [
        (
            "The message broker does not answer. "
            "Nothing is lost. The sweep waits here and starts as soon as a worker is free."
        )
    ]


def test_run_now_awards_everybody(world, achievement, superuser, a_worker_is_there):
    TrainingRecordFactory.create(user=world.student, course=world.course)

    response = superuser.post(RUN, follow=True)

    assert [row.user for row in EarnedAchievement.objects.all()] == [world.student]
    assert (states(superuser, Sweep.objects.get()), messages_of(response)) == (["is_finished"], [])


def test_run_now_while_one_runs_leads_to_that_one(superuser):
    running = SweepFactory.create()

    with lock.holding():
        response = superuser.post(RUN, follow=True)

    assert response.redirect_chain == [(page("sweep", running.pk), 302)]
    assert (messages_of(response), Sweep.objects.count()) == (["A full sweep is already running. This is it."], 1)


def test_an_administrator_has_the_own_organizations_looked_at(world, administrator):
    for _twice in range(2):
        response = administrator.post(RUN, follow=True)

    asked = Counter(SweepHint.objects.values_list("organization_id", flat=True))
    assert (asked, Sweep.objects.count()) == (Counter([world.umbrella.pk, world.academy.pk]), 0)
    assert messages_of(response) == ["We are checking your organizations now. This usually takes seconds."]
    assert "Check my organizations now" in response.text
