"""A person's own name, clock and language."""

from django.urls import reverse

from accounts.models import User


def test_a_person_changes_the_clock_and_pages_follow(client, customer):
    client.force_login(customer)

    response = client.post(
        reverse("account:profile"),
        {"display_name": "Priya R.", "time_zone": "Asia/Tokyo", "language": "es"},
    )

    assert response.status_code == 302
    changed = User.objects.get(pk=customer.pk)
    assert (changed.display_name, changed.time_zone, changed.language) == ("Priya R.", "Asia/Tokyo", "es")


def test_an_unknown_zone_is_refused_and_nothing_changes(client, customer):
    client.force_login(customer)

    response = client.post(
        reverse("account:profile"),
        {"display_name": "Priya", "time_zone": "Mars/Olympus", "language": "en"},
    )

    assert response.status_code == 400
    assert User.objects.get(pk=customer.pk).time_zone == customer.time_zone


def test_the_page_asks_a_visitor_to_log_in(client, db):
    response = client.get(reverse("account:profile"))

    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


def test_a_newcomer_signs_up_with_a_name_and_the_browsers_clock(client, db):
    response = client.post(
        reverse("account_signup"),
        {
            "email": "New@Example.com",
            "display_name": "Nia New",
            "password1": "a-long-enough-secret-1",
            "time_zone": "Europe/Paris",
        },
    )

    assert response.status_code == 302
    user = User.objects.get(email="new@example.com")
    assert (user.display_name, user.time_zone, user.is_staff) == ("Nia New", "Europe/Paris", False)
