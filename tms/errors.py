"""The pages for what cannot be done as it was asked: in the frame, each with a way on."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, get_script_prefix, resolve


def bad_request(
    request: HttpRequest,
    exception: Exception | None = None,  # noqa: ARG001 - Django names it
    *,
    words: str = "",
) -> HttpResponse:
    """400. `words` say what is wrong, where we know it, and what to do."""
    return render(request, "400.html", {"words": words}, status=HTTPStatus.BAD_REQUEST)


def wrong_method(request: HttpRequest, allowed: str) -> HttpResponse:
    """405, as after a reload of what a form sent, with the page that the form stands on."""
    is_page = "GET" in allowed
    page = request.path_info if is_page else page_above(request.path_info)
    context = {"page": get_script_prefix() + page.removeprefix("/"), "is_page": is_page, "is_home": page == "/"}
    answer = render(request, "405.html", context, status=HTTPStatus.METHOD_NOT_ALLOWED)
    answer["Allow"] = allowed
    return answer


def page_above(path: str) -> str:
    """The nearest address above that there is: what only takes forms lies below the page of its object."""
    while path != "/":
        path = path.rstrip("/").rpartition("/")[0] + "/"
        try:
            resolve(path)
        except Resolver404:
            continue
        return path
    return "/"
