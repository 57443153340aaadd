"""The page Needs attention: who has it, and what its repairs do."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from achievements.models import Hold
from achievements.sweep import sweeper
from badges.models import Badge, BadgeTemplate, IssuedBadge
from organizations.models import User
from tests.achievements.log.not_delivered import failed
from tests.factories import BadgeFactory, BadgeProviderFactory, BadgeTemplateFactory, StudentFactory, UserFactory
from tests.tms.attention.test_causes import lines_of
from tests.tms.attention.troubles import ALL, earned, nobody, teaching_trouble, trouble
from tms.attention.causes import causes_for
from tms.attention.following import LOOKS
from tms.attention.subjects import MOST_TEMPLATES

PAGE = reverse("attention")


def address(person):
    return reverse("attention_address", args=[person.pk])


def said_by(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def titles_for(user):
    return [cause.title for cause in lines_of(causes_for(user, at=timezone.now()))]


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_takes_the_same_queries_for_any_number(world, signed_in, django_assert_num_queries, number):
    for count in range(number):
        trouble(world.academy, word=f"{count} ")
    client = signed_in(world.administrator)

    with django_assert_num_queries(29):  # session, person, organization, 2 of permissions; those of the lines
        assert client.get(PAGE).status_code == 200


def test_the_number_in_the_menu_takes_few_queries_and_is_kept_for_seconds(world, signed_in, django_assert_num_queries):
    trouble(world.academy)
    client = signed_in(world.administrator)

    with django_assert_num_queries(15):  # session, person, organization, 2 of permissions; ten of finding
        response = client.get(reverse("attention_count"))

    assert response["Cache-Control"] == "private, max-age=10"
    assert "Cookie" in response["Vary"]
    assert f'<span class="count">{len(ALL)}<span class="visually-hidden"> open</span></span>' in response.text


def test_pages_ask_for_the_number_and_this_one_has_it(world, signed_in, django_assert_num_queries):
    client = signed_in(world.administrator)
    trouble(world.academy)

    other, own = client.get("/classes/").text, client.get(PAGE).text

    asks = f'hx-get="{reverse("attention_count")}"'
    assert (asks in other, asks in own) == (True, False)
    assert f'<span class="count">{len(ALL)}<' in own


def test_all_is_well(world, signed_in):
    client = signed_in(world.administrator)

    assert "All is well. Nothing waits for you." in client.get(PAGE).text
    assert client.get(reverse("attention_count")).text.strip() == ""


def test_an_address_is_saved_and_its_badges_leave(world, signed_in):
    nameless = trouble(world.academy).nameless
    client = signed_in(world.administrator)

    response = client.post(address(nameless), {"email": "cagan@example.test"})
    after = titles_for(world.administrator)
    sweeper.award_everybody(at=timezone.now())

    assert (response.status_code, response["Location"]) == (302, PAGE)
    assert said_by(response) == ["Saved. 2 badges leave now."]
    assert "Çağan Öztoprak has no e-mail address" not in after
    assert len(after) == len(ALL) - 1
    assert IssuedBadge.objects.filter(student=nameless, recipient_email="cagan@example.test").count() == 2
    assert LogEntry.objects.get().object_id == str(nameless.pk)


def test_an_address_that_only_full_sweeps_look_at_says_so(world, signed_in):
    person = nobody(world.academy, email="")
    earned(world.academy, "Owl", student=person)

    response = signed_in(world.administrator).post(address(person), {"email": "o'hara@example.test"})

    assert said_by(response) == ["Saved. 1 badge leaves with the next full sweep."]


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("", "This field is required."),
        ("x", "Enter a valid email address."),
        ("SAM@example.test", "Another account has this e-mail address."),
        ("far@example.test", "This e-mail address cannot be used. Enter another one."),
    ],
)
def test_an_address_that_cannot_be_saved_is_refused_in_its_line(world, signed_in, email, words):
    nameless = trouble(world.academy).nameless
    StudentFactory.create(organization=world.academy, email="sam@example.test")
    StudentFactory.create(organization=world.outside, email="far@example.test")

    response = signed_in(world.administrator).post(address(nameless), {"email": email})

    assert response.status_code == 422
    assert said_by(response) == [f"Çağan Öztoprak: {words}"]
    assert f'id="address-error-{nameless.pk}"' in response.text
    assert 'aria-invalid="true"' in response.text
    assert User.objects.get(pk=nameless.pk).email == ""


def test_addresses_are_given_by_who_may_change_the_account(world, signed_in):
    mine, theirs = nobody(world.academy, email=""), nobody(world.outside, email="")
    root = UserFactory.create(organization=world.academy, email="", is_superuser=True)
    clerk = UserFactory.create(organization=world.academy, manages=[world.academy])
    clerk.groups.set(world.administrator.groups.all())
    asking = [
        (world.administrator, theirs),
        (world.administrator, root),
        (clerk, mine),
        (world.instructor, mine),
        (world.student, world.student),
    ]

    answers = [
        signed_in(user).post(address(person), {"email": "a@example.test"}).status_code for user, person in asking
    ]

    assert answers == [404, 403, 403, 404, 403]
    assert not User.objects.filter(email="a@example.test").exists()


def test_a_repair_leads_back_to_the_page_it_was_made_on(world, signed_in):
    person = nobody(world.academy, email="")
    client = signed_in(world.administrator)

    here = client.post(address(person), {"email": "a@example.test", "next": "/"})
    away = client.post(address(person), {"email": "b@example.test", "next": "https://evil.example/"})

    assert (here["Location"], away["Location"]) == ("/", PAGE)
    assert said_by(here)[-1] == "Saved."


def test_retry_takes_what_the_list_behind_the_line_has(world, signed_in):
    refusing = trouble(world.academy).refusing
    line = {"fix": "delivery", "provider": refusing.pk, "code": "refused"}

    client = signed_in(world.administrator)
    response = client.post(reverse("attention_retry"), line)

    assert said_by(response) == []
    assert "2 badges are on their way to their providers again." in client.get(response["Location"]).text
    assert "Refusing refused badges" not in titles_for(world.administrator)
    assert set(IssuedBadge.objects.filter(delivery="failed").values_list("failure_code", flat=True)) == {
        "no_answer",
        "template_unusable",
    }


def test_a_retry_is_followed_until_its_result(world, signed_in, django_assert_num_queries):
    refusing = trouble(world.academy).refusing
    client = signed_in(world.administrator)
    line = {"fix": "delivery", "provider": refusing.pk, "code": "refused"}
    page = client.post(reverse("attention_retry"), line)["Location"]
    rows = IssuedBadge.objects.filter(delivery="pending", badge__provider=refusing)
    first, second = rows.filter(attempts=0, failure_code="").order_by("pk")[:2]
    begun = client.get(page).text

    with django_assert_num_queries(6):  # session, person, organization, 2 of permissions; where they stand
        waiting = client.get(f"{page}&looks=1", headers={"HX-Request": "true"}).text
    IssuedBadge.objects.filter(pk=first.pk).update(delivery="delivered")
    IssuedBadge.objects.filter(pk=second.pk).update(delivery="failed", failure_code="refused", failure_message="No")
    over = client.get(f"{page}&looks=2", headers={"HX-Request": "true"}).text

    assert [f"looks={looks}" in text for looks, text in ((1, begun), (2, waiting), (3, over))] == [True, True, False]
    assert ['hx-trigger="every 2s"' in text for text in (begun, waiting, over)] == [True, True, False]
    assert ['id="causes"' in text for text in (begun, waiting, over)] == [True, False, True]
    assert "1 badge failed again. 1 badge was delivered." in over
    assert "Refusing refused badges" in over
    assert f'<span class="count">{len(ALL)}<' in over


def test_what_has_no_answer_is_not_followed_for_ever(world, signed_in):
    row = failed(BadgeFactory.create(organization=world.academy), student=world.student)
    IssuedBadge.objects.filter(pk=row.pk).update(delivery="pending", failure_code="", failed_at=None)

    text = signed_in(world.administrator).get(PAGE, {"retried": row.pk, "looks": LOOKS}).text

    assert "1 badge is on its way to its provider again." in text
    assert 'hx-trigger="every 2s"' not in text


def test_what_cannot_be_retried_is_named_with_the_reason(world, signed_in):
    badge = BadgeFactory.create(organization=world.academy)
    failed(badge, student__is_active=False)

    response = signed_in(world.administrator).post(reverse("attention_retry"), {"fix": "account"})

    (words,) = said_by(response)
    assert words.endswith("The student's account is closed. An administrator can open it again.")


def test_what_is_of_others_is_not_retried(world, signed_in):
    badge = BadgeFactory.create(organization=world.outside)
    row = failed(badge, student=world.student)
    client = signed_in(world.administrator)

    answers = [client.post(reverse("attention_retry"), query) for query in ({"fix": "delivery"}, {"fix": "x"})]

    assert [said_by(answer)[-1] for answer in answers] == [
        "Nothing to retry: no delivery that you may retry has failed.",
        "This list does not exist. Reload the page and try again.",
    ]
    assert IssuedBadge.objects.get(pk=row.pk).delivery == "failed"


def test_who_teaches_retries_what_he_or_she_issued(world, signed_in):
    teaching_trouble(world)
    client = signed_in(world.instructor)

    response = client.post(reverse("attention_retry"), {"fix": "delivery"})

    assert "1 badge is on its way to its provider again." in client.get(response["Location"]).text
    left = IssuedBadge.objects.filter(delivery="failed").values_list("issued_by", flat=True)
    assert sorted(left) == sorted([world.contractor.pk, world.contractor.pk, world.administrator.pk])


def test_who_teaches_has_a_line_with_the_way_to_wrap_up(world, signed_in):
    ours = teaching_trouble(world)

    text = signed_in(world.instructor).get(PAGE).text

    assert f'<a class="button" href="{reverse("classes:wrap_up", args=[ours.pk])}">' in text
    assert "Theirs" not in text


def test_who_may_not_issue_badges_is_led_to_the_completions(world, signed_in):
    ours = teaching_trouble(world)
    role = world.instructor.groups.get()
    role.permissions.remove(role.permissions.get(codename="issue_badges"))

    text = signed_in(world.instructor).get(PAGE).text

    roster = reverse("classes:roster", args=[ours.pk])
    assert f'<a class="button" href="{roster}?enrollment=enrolled&amp;completion=unknown">' in text


def test_retry_is_for_who_may(world, signed_in):
    clerk = UserFactory.create(organization=world.academy, manages=[world.academy])
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["view_earnedachievement", "view_issuedbadge"]))

    assert signed_in(clerk).post(reverse("attention_retry"), {"fix": "delivery"}).status_code == 403


@pytest.fixture
def gone(world):
    """A badge whose template is gone, two of which were refused, and the templates that its provider has now."""
    badge = trouble(world.academy).gone
    other = BadgeTemplateFactory.create(provider=badge.provider, name="Owls", external_id="owls")
    BadgeTemplateFactory.create(provider=badge.provider, name="Old", state="archived")
    BadgeTemplateFactory.create(provider=badge.provider, name="The same", external_id=badge.provider_template_id)
    BadgeTemplateFactory.create(name="Of another provider")
    return badge, other


def test_a_badge_gets_another_template_in_its_line(world, signed_in, gone):
    badge, other = gone
    client = signed_in(world.administrator)
    line = next(one for one in lines_of(causes_for(world.administrator, at=timezone.now())) if one.subject == badge)

    response = client.post(reverse("attention_template", args=[badge.pk]), {"template": other.external_id})

    assert line.templates == [other]
    text = client.get(response["Location"]).text
    assert "Gone uses Owls now." in text
    assert "2 badges are on their way to their providers again." in text
    assert Badge.objects.get(pk=badge.pk).provider_template_id == "owls"
    assert not IssuedBadge.objects.filter(badge=badge, delivery="failed").exists()
    assert "Refusing cannot issue Gone from its template" not in titles_for(world.administrator)


@pytest.mark.parametrize("name", ["Old", "Of another provider", None])
def test_a_template_that_cannot_be_issued_from_is_refused(world, signed_in, gone, name):
    badge, _other = gone
    wanted = BadgeTemplate.objects.get(name=name).external_id if name else ""

    response = signed_in(world.administrator).post(reverse("attention_template", args=[badge.pk]), {"template": wanted})

    assert said_by(response) == ["Gone: choose a template that can be issued from."]
    assert Badge.objects.get(pk=badge.pk).provider_template_id == badge.provider_template_id


def test_of_many_templates_the_line_leads_to_where_they_are_found_by_name(world, signed_in, gone):
    badge, _other = gone
    BadgeTemplateFactory.create_batch(MOST_TEMPLATES, provider=badge.provider)

    text = signed_in(world.administrator).get(PAGE).text

    assert f'<a class="button" href="{reverse("badges:edit", args=[badge.pk])}">' in text
    assert reverse("attention_template", args=[badge.pk]) not in text


def test_a_badge_that_is_only_made_available_keeps_its_template(world, signed_in):
    badge = BadgeFactory.create(organization=world.umbrella)
    badge.available_to.add(world.academy)
    clerk = UserFactory.create(organization=world.academy, manages=[world.academy])
    clerk.user_permissions.set(Permission.objects.filter(codename="change_badge"))

    assert signed_in(clerk).post(reverse("attention_template", args=[badge.pk])).status_code == 403


def test_a_provider_is_resumed_from_its_line(world, signed_in):
    provider = BadgeProviderFactory.create(name="Seals", organization=world.academy, paused_at=timezone.now())
    client = signed_in(world.administrator)
    assert "Seals is paused" in titles_for(world.administrator)

    response = client.post(reverse("badges:provider_resume", args=[provider.pk]), {"next": PAGE})

    assert (response["Location"], said_by(response)) == (PAGE, ["Seals was resumed."])
    assert titles_for(world.administrator) == []


def test_a_silent_provider_is_asked_from_its_line(world, signed_in):
    silent = trouble(world.academy).silent

    response = signed_in(world.administrator).post(reverse("badges:provider_ask_now", args=[silent.pk]), {"next": PAGE})

    assert response["Location"] == PAGE
    assert "Silent does not answer" not in titles_for(world.administrator)


@pytest.mark.parametrize("decision", ["approved", "discarded"])
def test_awards_are_decided_in_their_line(world, signed_in, decision):
    hold = trouble(world.academy).hold

    response = signed_in(world.administrator).post(
        reverse("achievements:hold", args=[hold.pk]), {"decision": decision, "next": PAGE}
    )

    assert response["Location"] == PAGE
    assert Hold.objects.get(pk=hold.pk).decision == decision
    assert "Everybody would give 1,200 awards at once" not in titles_for(world.administrator)
