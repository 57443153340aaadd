from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory
from django.urls import reverse

from classes.models import Class
from organizations.requests import (
    back_with,
    may_add_in_admin,
    may_change_in_admin,
    page_before,
    page_to_return_to,
    require,
)
from tests.factories import (
    AchievementFactory,
    BadgeFactory,
    CourseAssignmentFactory,
    IssuanceBatchFactory,
    IssuedBadgeFactory,
)


def request_of(user=None, *, htmx=False, **sent):
    request: Any = RequestFactory().post("/", sent)
    request.user, request.htmx, request._messages = user, htmx, CookieStorage(request)
    return request


def test_a_permission_is_had_or_refused(world):
    require(request_of(world.instructor), "classes.view_class")

    with pytest.raises(PermissionDenied):
        require(request_of(world.student), "classes.view_class")


@pytest.mark.parametrize(("htmx", "status", "header"), [(False, 302, "Location"), (True, 200, "HX-Redirect")])
def test_who_cannot_have_a_page_is_told_why_on_another(htmx, status, header):
    request = request_of(htmx=htmx)

    answer = back_with(request, "Nobody is there.", "/classes/")

    assert (answer.status_code, answer[header]) == (status, "/classes/")
    assert [str(message) for message in get_messages(request)] == ["Nobody is there."]


@pytest.mark.parametrize(
    ("wanted", "page"),
    [
        ("/badges/?q=1", "/badges/?q=1"),
        ("", "/home/"),
        ("badges/", "/home/"),
        ("//evil.test/", "/home/"),
        ("/\\evil.test/", "/home/"),
        ("https://evil.test/", "/home/"),
        ("javascript:alert(1)", "/home/"),
    ],
)
def test_a_form_leads_back_to_a_page_of_ours_alone(wanted, page):
    assert page_before(request_of(next=wanted), otherwise="/home/") == page


@pytest.mark.parametrize(("persona", "may"), [("administrator", True), ("instructor", False), ("student", False)])
def test_the_administration_lets_add_whoever_may_open_it_and_add(world, persona, may):
    assert may_add_in_admin(request_of(getattr(world, persona)), Class) is may


@pytest.mark.parametrize(("persona", "may"), [("administrator", True), ("instructor", False), ("student", False)])
def test_the_administration_lets_change_whom_the_reader_reaches(world, persona, may):
    request = request_of(getattr(world, persona))

    assert may_change_in_admin(request, world.student) is may
    assert may_change_in_admin(request, world.guest) is False


@pytest.mark.parametrize(
    ("named", "back"),
    [("/users/7/", "/users/7/"), ("", ""), ("//elsewhere.test/", ""), ("https://elsewhere.test/", "")],
)
def test_where_to_go_back_to_is_a_page_of_ours(named, back):
    posted, asked = request_of(next=named), request_of()
    asked.GET = {"next": named}

    assert [page_to_return_to(request) for request in (posted, asked)] == [back, back]


def test_a_page_stands_in_the_side_panel_without_its_frame(world, signed_in):
    address = reverse("badges:issued_badge", args=[IssuedBadgeFactory.create(student=world.student).pk])
    client = signed_in(world.administrator)

    page = client.get(address).text
    panel = client.get(address, headers={"HX-Request": "true", "HX-Target": "panel-content"}).text
    part = client.get(address, headers={"HX-Request": "true", "HX-Target": "issued-badge"}).text

    assert ["<html" in text for text in (page, panel, part)] == [True, False, True]
    assert [text.count('id="panel-title"') for text in (page, panel)] == [0, 1]
    assert [text.count('id="issued-badge"') for text in (page, panel)] == [1, 1]


def test_each_page_of_a_row_stands_in_the_side_panel_of_its_list(world, signed_in):
    client = signed_in(world.administrator)
    pages = {
        "badges:profile": BadgeFactory.create(organization=world.academy).pk,
        "badges:issuance": IssuanceBatchFactory.create(organization=world.academy, issued_by=world.administrator).pk,
        "achievements:details": AchievementFactory.create(organization=world.academy).pk,
        "achievements:user": world.student.pk,
        "courses:assignment": CourseAssignmentFactory.create(student=world.student).pk,
        "classes:details": world.klass.pk,
    }

    for name, key in pages.items():
        text = client.get(reverse(name, args=[key]), headers={"HX-Request": "true", "HX-Target": "panel-content"}).text
        assert (name, "<html" in text, text.count('id="panel-title"')) == (name, False, 1)
