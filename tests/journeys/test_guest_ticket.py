"""A guest without JavaScript: from the Help Center's search to a receipt, with the network cut in between."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.journeys.conftest import Person, Site

pytestmark = pytest.mark.browser
Come = Callable[..., Person]


def picture(folder: Path) -> Path:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), (190, 80, 40)).save(out, "PNG")
    path = folder / "error.png"
    path.write_bytes(out.getvalue())
    return path


def to_the_check(page: Page, site: Site, shot: Path) -> None:
    """Search, choose a topic, fill in, up to the page "Check and send"."""
    page.goto(f"{site.address}/help/")
    page.fill("input[name=q]", "gift card taken off")
    page.click("main button:has-text('Search')")
    page.click(".still a:has-text('Send a ticket')")
    page.click("a:has-text('Payment and rewards')")
    page.click('a:has-text("I can\'t pay")')
    expect(page.locator("#id_subject")).to_have_value("gift card taken off")
    page.fill("#id_description", "The gift card is taken off again on the last step.")
    page.select_option("#id_payment_way", "gift_card")
    page.fill("#id_error_message", "PAY-3021: gift card could not be applied")
    page.set_input_files("#id_files", str(shot))
    page.fill("#id_email", "guest@example.org")
    page.click("button:has-text('Go on to check')")
    expect(page.locator("h1")).to_have_text("Check and send")


def tickets(site: Site) -> int:
    return int(site.sql("SELECT count(*) FROM tickets_ticket WHERE guest_email = 'guest@example.org'"))


def test_a_guest_sends_a_ticket_although_the_answer_is_lost(people: Come, site: Site, tmp_path: Path):
    guest = people("", width=360, height=780, java_script_enabled=False)
    guest.is_faulty_network = True
    page = guest.page
    to_the_check(page, site, picture(tmp_path))
    check = page.url

    lost: list[int] = []

    def lose_the_answer(route: Route) -> None:
        lost.append(route.fetch(max_redirects=0).status)  # The server gets the click …
        route.abort()  # … and the answer never arrives.

    page.route("**/send/", lose_the_answer)
    page.click("button:has-text('Send ticket')", no_wait_after=True)
    for _ in range(150):
        if lost:
            break
        page.wait_for_timeout(200)
    page.unroute("**/send/")
    assert (lost, tickets(site)) == ([302], 1)

    page.goto(check)

    expect(page.locator(".receipt-no b")).to_have_text(re.compile(r"T-\w{4}-\w{4}-\w"))
    assert tickets(site) == 1
    page.click("a:has-text('Follow this ticket')")
    expect(page.locator(".talk-item").first).to_contain_text("taken off again on the last step")
    page.fill("#id_body", "It happens with two cards.")
    page.click("button:has-text('Add to the ticket')")
    expect(page.locator(".talk-item").last).to_contain_text("It happens with two cards.")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_support_answers_and_the_guest_reads_it(people: Come, site: Site, tmp_path: Path):
    guest = people("", java_script_enabled=False)
    to_the_check(guest.page, site, picture(tmp_path))
    guest.page.click("button:has-text('Send ticket')")
    number = guest.page.locator(".receipt-no b").inner_text()
    agent = people("support")

    agent.open(f"/support/?q={number}")
    agent.page.fill("#id_body", "We have repaired it, please try once more.")
    agent.page.click("button:has-text('Answer and solve')")
    agent.page.wait_for_url("**/#latest")

    guest.open(f"/help/tickets/{number}/")
    expect(guest.page.locator(".talk")).to_contain_text("We have repaired it")
    expect(guest.page.locator(".talk")).not_to_contain_text("Sam")
    guest.page.check("input[name=score][value='5']")
    guest.page.click("button:has-text('Rate')")
    expect(guest.page.locator("main")).to_contain_text("You rated this 5 of 5")
