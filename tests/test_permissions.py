"""Who may open what: one line for every address and method, one column for every persona.

ok: the page · to: goes on to another page · no: 403, within the person's organizations · –: 404, outside of them ·
400: not without the form's fields · 405: not with this method · 503: no broker runs in tests. Somebody signed out is asked to sign in everywhere but on the pages of PUBLIC.
"""

import itertools
import uuid
from http.cookies import SimpleCookie

import pytest
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse

from badges.models import Via
from badges.openbadges import credentials, keys
from tests.addresses import address_of, url_names
from tests.factories import (
    AchievementFactory,
    AdministratorFactory,
    BadgeFactory,
    BadgeProviderFactory,
    BadgeTemplateFactory,
    CourseAssignmentFactory,
    HoldFactory,
    IssuanceBatchFactory,
    IssuedBadgeFactory,
    LearningPathCourseFactory,
    SavedViewFactory,
    SweepFactory,
)

STATUS = {"ok": 200, "204": 204, "to": 302, "no": 403, "–": 404, "400": 400, "405": 405, "422": 422, "503": 503}
PERSONAS = ("administrator", "instructor", "contractor", "student", "stranger", "rival")
DOCUMENTS = {
    f"badges:{name}"
    for name in ["credential", "token", "baked_png", "baked_svg", "achievement", "issuer", "did", "key", "status_list"]
}
SHOWN = {f"badges:{name}" for name in ("badge_page", "letter", "verify", "embed", "oembed", "webhook")}
PUBLIC = (
    {
        "sign_in",
        "sign_out",
        "choose_language",
        "password_forgotten",
        "password_set",
        "health",
        "alive",
        "metrics",
        "media",
        "brand_styles",
        "achievements:sweep_health",
    }
    | DOCUMENTS
    | SHOWN
)

# `rival` administers an organization that has nothing to do with the academy.
TABLE = """
address                        method  administrator  instructor  contractor  student  stranger  rival
home                           GET     ok             ok          ok          ok       ok        ok
sign_in                        GET     to             to          to          to       to        to
sign_out                       GET     405            405         405         405      405       405
sign_out                       POST    to             to          to          to       to        to
password_change                GET     ok             ok          ok          ok       ok        ok
password_change                POST    ok             ok          ok          ok       ok        ok
password_forgotten             GET     ok             ok          ok          ok       ok        ok
password_forgotten             POST    ok             ok          ok          ok       ok        ok
password_set                   GET     ok             ok          ok          ok       ok        ok
password_set                   POST    ok             ok          ok          ok       ok        ok
password_change_done           GET     ok             ok          ok          ok       ok        ok
sessions                       GET     ok             ok          ok          ok       ok        ok
sessions                       POST    to             to          to          to       to        to
brands                         GET     ok             no          no          no       no        ok
brand                          GET     ok             no          –           no       –         –
brand                          POST    422            no          –           no       –         –
undo_time                      GET     ok             no          –           no       –         –
undo_time                      POST    to             no          –           no       –         –
brand_styles                   GET     ok             ok          ok          ok       ok        ok
search                         GET     ok             ok          ok          ok       ok        ok
attention                      GET     ok             ok          ok          no       no        ok
attention_count                GET     ok             ok          ok          no       no        ok
attention_address              GET     405            405         405         405      405       405
attention_address              POST    422            –           –           no       –         –
attention_template             GET     405            405         405         405      405       405
attention_template             POST    to             –           –           –        –         –
attention_retry                GET     405            405         405         405      405       405
attention_retry                POST    to             to          to          no       no        to
audit                          GET     ok             no          no          no       no        ok
choose_language                GET     405            405         405         405      405       405
choose_language                POST    400            400         400         400      400       400
save_columns                   GET     405            405         405         405      405       405
save_columns                   POST    400            400         400         400      400       400
listing:save_view              GET     405            405         405         405      405       405
listing:save_view              POST    400            400         400         400      400       400
listing:saved_view             GET     ok             ok          –           ok       –         –
listing:saved_view             POST    422            no          –           no       –         –
listing:replace_view           GET     405            405         405         405      405       405
listing:replace_view           POST    400            no          –           no       –         –
listing:copy_view              GET     405            405         405         405      405       405
listing:copy_view              POST    to             to          –           to       –         –
listing:delete_view            GET     405            405         405         405      405       405
listing:delete_view            POST    to             no          –           no       –         –
metrics                        GET     ok             ok          ok          ok       ok        ok
health                         GET     503            503         503         503      503       503
alive                          GET     ok             ok          ok          ok       ok        ok
media                          GET     –              –           –           –        –         –
badges:list                    GET     ok             no          no          no       no        ok
badges:create                  GET     ok             no          no          no       no        ok
badges:create                  POST    422            no          no          no       no        422
badges:adoption                GET     ok             no          no          no       no        ok
badges:issued                  GET     ok             no          no          no       no        ok
badges:retry                   GET     405            405         405         405      405       405
badges:retry                   POST    to             no          no          no       no        to
badges:revoke                  GET     to             no          no          no       no        to
badges:revoke                  POST    to             no          no          no       no        to
badges:issued_badge            GET     ok             –           –           no       –         –
badges:reissue                 GET     ok             –           –           no       –         –
badges:reissue                 POST    422            –           –           no       –         –
badges:resend                  GET     ok             –           –           no       –         –
badges:resend                  POST    to             –           –           no       –         –
badges:readdress               GET     ok             –           –           no       –         –
badges:readdress               POST    422            –           –           no       –         –
badges:issuances               GET     ok             ok          ok          no       no        ok
badges:issuance                GET     ok             ok          –           –        –         –
badges:retry_issuance          GET     405            405         405         405      405       405
badges:retry_issuance          POST    to             to          –           –        –         –
badges:undo_issuance           GET     405            405         405         405      405       405
badges:undo_issuance           POST    no             to          –           –        –         –
badges:send_issuance           GET     405            405         405         405      405       405
badges:send_issuance           POST    no             to          –           –        –         –
badges:profile                 GET     ok             –           –           –        –         –
badges:edit                    GET     ok             –           –           –        –         –
badges:edit                    POST    422            –           –           –        –         –
badges:manual_issuance         GET     405            405         405         405      405       405
badges:manual_issuance         POST    to             –           –           –        –         –
badges:delete                  GET     ok             –           –           –        –         –
badges:delete                  POST    to             –           –           –        –         –
badges:credential              GET     ok             ok          ok          ok       ok        ok
badges:token                   GET     ok             ok          ok          ok       ok        ok
badges:baked_png               GET     ok             ok          ok          ok       ok        ok
badges:baked_svg               GET     ok             ok          ok          ok       ok        ok
badges:achievement             GET     ok             ok          ok          ok       ok        ok
badges:issuer                  GET     ok             ok          ok          ok       ok        ok
badges:did                     GET     ok             ok          ok          ok       ok        ok
badges:key                     GET     ok             ok          ok          ok       ok        ok
badges:status_list             GET     ok             ok          ok          ok       ok        ok
badges:badge_page              GET     ok             ok          ok          ok       ok        ok
badges:letter                  GET     to             to          to          to       to        to
badges:verify                  GET     ok             ok          ok          ok       ok        ok
badges:embed                   GET     ok             ok          ok          ok       ok        ok
badges:oembed                  GET     –              –           –           –        –         –
badges:sharing                 GET     405            405         405         405      405       405
badges:sharing                 POST    no             –           –           to       –         –
badges:share                   GET     no             –           –           ok       –         –
badges:share                   POST    no             –           –           ok       –         –
badges:share_at                GET     no             –           –           to       –         –
badges:shared                  GET     405            405         405         405      405       405
badges:shared                  POST    no             –           –           204      –         –
badges:providers               GET     ok             no          no          no       no        ok
badges:provider_create         GET     ok             no          no          no       no        ok
badges:provider_create         POST    422            no          no          no       no        422
badges:provider                GET     ok             –           –           –        –         –
badges:provider_edit           GET     ok             –           –           –        –         –
badges:provider_edit           POST    422            –           –           –        –         –
badges:provider_templates      GET     ok             –           –           –        –         –
badges:provider_import         GET     405            405         405         405      405       405
badges:provider_import         POST    to             –           –           –        –         –
badges:provider_refresh        GET     405            405         405         405      405       405
badges:provider_refresh        POST    to             –           –           –        –         –
badges:provider_test           GET     405            405         405         405      405       405
badges:provider_test           POST    to             –           –           –        –         –
badges:provider_pause          GET     405            405         405         405      405       405
badges:provider_pause          POST    422            –           –           –        –         –
badges:provider_ask_now        GET     405            405         405         405      405       405
badges:provider_ask_now        POST    to             –           –           –        –         –
badges:provider_resume         GET     405            405         405         405      405       405
badges:provider_resume         POST    to             –           –           –        –         –
badges:provider_webhook        GET     ok             –           –           –        –         –
badges:provider_webhook        POST    ok             –           –           –        –         –
badges:provider_rotate         GET     ok             –           –           –        –         –
badges:provider_rotate         POST    to             –           –           –        –         –
badges:webhook                 GET     405            405         405         405      405       405
courses:assignments            GET     ok             no          no          no       no        ok
courses:assignment             GET     ok             –           –           ok       –         –
courses:complete_assignment    GET     405            405         405         405      405       405
courses:complete_assignment    POST    to             –           –           no       –         –
courses:issue_badge            GET     ok             –           –           no       –         –
courses:issue_badge            POST    422            –           –           no       –         –
courses:paths                  GET     ok             ok          ok          ok       ok        ok
courses:path_create            GET     ok             no          no          no       no        ok
courses:path_create            POST    422            no          no          no       no        422
courses:path                   GET     ok             ok          –           ok       –         –
courses:path_edit              GET     ok             no          –           no       –         –
courses:path_edit              POST    422            no          –           no       –         –
courses:path_of                GET     ok             –           –           ok       –         –
courses:path_courses           GET     ok             no          –           no       –         –
courses:path_courses           POST    422            no          –           no       –         –
courses:choose_courses         GET     ok             no          –           no       –         –
courses:choose_courses         POST    ok             no          –           no       –         –
courses:add_to_path            GET     405            405         405         405      405       405
courses:add_to_path            POST    422            no          –           no       –         –
classes:transcript_of          GET     ok             –           –           ok       –         –
classes:transcript             GET     ok             ok          ok          ok       ok        ok
classes:list                   GET     ok             ok          ok          ok       ok        ok
classes:details                GET     ok             ok          ok          ok       –         –
classes:roster                 GET     ok             ok          ok          no       –         –
classes:roster                 POST    to             to          to          no       –         –
classes:add_students           GET     ok             no          no          no       –         –
classes:add_students           POST    422            no          no          no       –         –
classes:issue_badge            GET     ok             ok          ok          no       –         –
classes:issue_badge            POST    422            422         422         no       –         –
classes:wrap_up                GET     ok             ok          ok          no       –         –
classes:wrap_up                POST    ok             ok          ok          no       –         –
classes:wrap_up_choose_badges  GET     ok             ok          ok          no       –         –
classes:wrap_up_choose_badges  POST    ok             ok          ok          no       –         –
classes:issue_badges           GET     ok             ok          ok          no       –         –
classes:issue_badges           POST    to             to          to          no       –         –
classes:choose_badges          GET     ok             ok          ok          no       –         –
classes:choose_badges          POST    ok             ok          ok          no       –         –
classes:choose_students        GET     ok             ok          ok          no       –         –
classes:choose_students        POST    ok             ok          ok          no       –         –
classes:issued_badges          GET     ok             ok          –           no       –         –
achievements:list              GET     ok             no          no          no       no        ok
achievements:create            GET     ok             no          no          no       no        ok
achievements:create            POST    422            no          no          no       no        422
achievements:conditions        GET     405            405         405         405      405       405
achievements:conditions        POST    ok             no          no          no       no        ok
achievements:choose            GET     ok             –           –           –        –         –
achievements:choose            POST    ok             –           –           –        –         –
achievements:choose_badge      GET     ok             –           –           –        –         –
achievements:choose_badge      POST    422            –           –           –        –         –
achievements:filter_badges     GET     ok             no          no          no       no        ok
achievements:filter_organizations GET   ok            no          no          no       no        ok
achievements:history           GET     ok             –           –           –        –         –
achievements:enable            GET     405            405         405         405      405       405
achievements:enable            POST    to             –           –           –        –         –
achievements:disable           GET     405            405         405         405      405       405
achievements:disable           POST    to             –           –           –        –         –
achievements:copy              GET     405            405         405         405      405       405
achievements:copy              POST    to             –           –           –        –         –
achievements:details           GET     ok             –           –           –        –         –
achievements:edit              GET     ok             –           –           –        –         –
achievements:edit              POST    422            –           –           –        –         –
achievements:holds             GET     ok             no          no          no       no        ok
achievements:hold              GET     ok             –           –           –        –         –
achievements:hold              POST    to             –           –           –        –         –
achievements:preview           GET     ok             –           –           –        –         –
achievements:preview           POST    422            –           –           –        –         –
achievements:preview_new       GET     405            405         405         405      405       405
achievements:preview_new       POST    422            no          no          no       no        422
achievements:ask               GET     ok             ok          ok          ok       –         –
achievements:why               GET     ok             ok          ok          ok       –         –
achievements:users             GET     ok             no          no          no       no        ok
achievements:user              GET     ok             ok          ok          ok       –         –
achievements:timeline          GET     ok             ok          ok          ok       –         –
achievements:address           GET     to             to          to          to       –         –
achievements:address           POST    422            no          no          no       –         –
achievements:participation     GET     ok             –           –           ok       –         –
achievements:participation     POST    to             –           –           to       –         –
achievements:path_badge        GET     ok             no          –           no       –         –
achievements:path_badge        POST    422            no          –           no       –         –
achievements:path_award        GET     405            405         405         405      405       405
achievements:path_award        POST    to             no          –           no       –         –
achievements:mine              GET     ok             ok          ok          ok       ok        ok
achievements:of                GET     to             to          to          to       –         –
achievements:sweeps            GET     ok             no          no          no       no        ok
achievements:sweep             GET     ok             –           –           –        –         ok
achievements:sweep_awards      GET     ok             –           –           –        –         ok
achievements:undelivered       GET     ok             ok          ok          no       no        ok
achievements:sweep_problems    GET     ok             –           –           –        –         ok
achievements:freshness         GET     ok             no          no          no       no        ok
achievements:sweep_health      GET     ok             ok          ok          ok       ok        ok
achievements:run_sweep         GET     405            405         405         405      405       405
achievements:run_sweep         POST    to             no          no          no       no        to
"""


def lines() -> list[tuple[str, str, dict[str, str]]]:
    return [
        (name, method, dict(zip(PERSONAS, answers, strict=True)))
        for name, method, *answers in (line.split() for line in TABLE.strip().splitlines()[1:])
    ]


@pytest.fixture
def addresses(world):
    """An address for every name, of rows that belong to the academy."""
    badge = BadgeFactory.create(organization=world.academy)
    assignment = CourseAssignmentFactory.create(student=world.student, course=world.course)
    batch = IssuanceBatchFactory.create(
        issued_by=world.instructor, organization=world.academy, via=Via.ROSTER, source_id=world.klass.pk
    )
    achievement = AchievementFactory.create(organization=world.academy)
    # One name for all three, as their documents' addresses call it.
    public_id = uuid.uuid4()
    provider = BadgeProviderFactory.create(organization=world.academy, public_id=public_id)
    issued = IssuedBadgeFactory.create(
        badge__organization=world.academy,
        badge__provider=provider,
        badge__public_id=public_id,
        student=world.student,
        public_id=public_id,
    )
    ids = {
        "public_id": public_id,
        "number": 1,
        "secret": "wrong",
        "provider_id": provider.pk,
        "template_id": BadgeTemplateFactory.create(provider=provider).pk,
        "badge_id": badge.pk,
        "assignment_id": assignment.pk,
        "class_id": world.klass.pk,
        "enrollment_id": world.enrollment.pk,
        "batch_id": batch.pk,
        "issued_id": issued.pk,
        "achievement_id": achievement.pk,
        "user_id": world.student.pk,
        "path_id": LearningPathCourseFactory.create(learning_path__organization=world.academy).learning_path_id,
        "organization_id": world.academy.pk,
        "row": 0,
        "name": "course_ids",
        "view_id": SavedViewFactory.create(owner=world.administrator, organization=world.academy).pk,
        "hold_id": HoldFactory.create(achievement=achievement).pk,
        "sweep_id": SweepFactory.create().pk,
        "path": "badges/missing.png",
        "colour": "8a1c4a",
        "digest": "0" * 12,
        "uidb64": "MQ",
        "token": "wrong",
        "way": "linkedin",
    }

    def address(name: str) -> str:
        if name in DOCUMENTS:
            credentials.sign(issued)
            ids["key_id"] = keys.in_use(provider).rsa.pk
        return address_of(name, ids)

    return address


@pytest.fixture
def personas(world):
    return world.personas | {"rival": AdministratorFactory.create(organization=world.outside)}


def test_every_address_is_in_the_table():
    known, there = {name for name, _method, _answers in lines()}, set(url_names(get_resolver()))

    assert there - known == set(), "say in the table above what each persona is answered there"
    assert known - there == set(), "there is no such address any more"


def answered(client: Client, method: str, address: str) -> int:
    """The status; whatever was done is undone, also a sign-out."""
    cookies = client.cookies.output(header="", sep=";")
    data = {"key": uuid.uuid4()} if method == "POST" else {}
    with transaction.atomic():
        response = client.generic(method, address) if method == "GET" else client.post(address, data)
        transaction.set_rollback(True)
    client.cookies = SimpleCookie(cookies)
    return response.status_code


# Small enough to be shared out: what they are about takes longer to make than to ask for.
SOME_LINES = [list(some) for some in itertools.batched(lines(), 15, strict=False)]


@pytest.mark.parametrize("some", SOME_LINES, ids=lambda some: f"{some[0][0]} {some[0][1]} …")
def test_the_table(addresses, personas, signed_in, subtests, some):
    clients = {persona: signed_in(user) for persona, user in personas.items()}

    for name, method, answers in some:
        with subtests.test(name, method=method):
            address = addresses(name)

            found = {persona: answered(client, method, address) for persona, client in clients.items()}

            assert found == {persona: STATUS[answer] for persona, answer in answers.items()}


@pytest.mark.parametrize("method", ["get", "post"])
def test_somebody_signed_out_is_asked_to_sign_in(addresses, client, method):
    asked = {
        name: getattr(client, method)(addresses(name)) for name, _method, _answers in lines() if name not in PUBLIC
    }

    led = {name: response.headers.get("Location", "")[:15] for name, response in asked.items()}
    assert {name: where for name, where in led.items() if where != "/sign-in/?next="} == {}


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "status"), [("sign_in", 200), ("alive", 200), ("health", 503)])
def test_public_pages_are_public(client, name, status):
    assert client.get(reverse(name)).status_code == status


def test_nothing_is_taken_without_the_csrf_token(addresses, personas):
    client = Client(enforce_csrf_checks=True)
    client.force_login(personas["administrator"], backend="organizations.sign_in.authentication.NameOrEmailBackend")

    names = [name for name, method, _answers in lines() if method == "POST"]
    statuses = {name: client.post(addresses(name)).status_code for name in names}

    assert {name: status for name, status in statuses.items() if status != 403} == {}
