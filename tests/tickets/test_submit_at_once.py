"""Several clicks at the same moment, in transactions that really commit."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from tests.factories import UserFactory
from tests.tickets.conftest import submission
from tickets.models import Ticket
from tickets.services.reference_data import sync_categories
from tickets.services.submit import submit_ticket


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_store_one_ticket():
    sync_categories()
    form = submission(UserFactory())

    def click(_):
        try:
            return submit_ticket(form).ticket.number
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        numbers = set(pool.map(click, range(4)))

    assert len(numbers) == 1
    assert Ticket.objects.count() == 1
