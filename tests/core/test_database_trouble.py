"""A database that cannot answer now costs the client a retry, not a riddle."""

import json

from django.db import IntegrityError, OperationalError
from django.http import HttpResponse
from django.test import RequestFactory

from core.middleware import DatabaseTroubleMiddleware


def answer(path: str, error: Exception) -> HttpResponse | None:
    middleware = DatabaseTroubleMiddleware(lambda request: HttpResponse())
    return middleware.process_exception(RequestFactory().get(path), error)


def test_the_api_answers_503_in_the_one_error_shape_and_says_when_to_come_again():
    response = answer("/api/v1/conversations/", OperationalError("canceling statement due to lock timeout"))

    assert (response.status_code, response["Retry-After"]) == (503, "1")
    assert json.loads(response.content)["code"] == "unavailable"


def test_a_page_says_it_in_words_and_not_what_the_database_said():
    response = answer("/seller/", OperationalError("connection to server on socket failed"))

    assert response.status_code == 503
    assert b"try again" in response.content
    assert b"socket" not in response.content


def test_a_programming_mistake_stays_an_error():
    assert answer("/api/v1/conversations/", IntegrityError("duplicate key")) is None
