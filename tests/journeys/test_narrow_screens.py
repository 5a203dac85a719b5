"""On a phone the hint before sending and the refusal of a decision are seen whole."""

import base64
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Person

pytestmark = pytest.mark.browser
INBOX = "/seller/northfield-ceramics/messages/"
PHONE = {"width": 360, "height": 780}


def test_a_long_disguised_word_leaves_the_hint_and_the_send_button_on_the_screen(
    people: Callable[..., Person],
) -> None:
    agent = people("agent", **PHONE)
    agent.open(INBOX)
    agent.open_chat(agent.page.locator("a.irow").first.get_attribute("href") or "")
    hidden = base64.b64encode(b"write me on whatsapp +1 909 555 0131").decode()
    agent.page.fill("#msg", f"decode this: {hidden}")

    hint = agent.page.locator("[data-fix]")
    expect(hint).to_contain_text("This would be hidden or sent to review:")
    expect(hint.locator("li")).to_have_count(1)
    expect(hint).to_contain_text("“whatsapp”. The rule: Do not share")
    for selector in ("[data-fix]", ".composer", ".composer [type=submit]"):
        box = agent.page.locator(selector).bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= PHONE["width"], selector
    agent.page.fill("#msg", "")


def test_a_refused_decision_shows_why_and_leads_back_to_the_message(people: Callable[..., Person]) -> None:
    reviewer = people("reviewer", **PHONE)
    reviewer.is_faulty_network = True  # The refusal answers 422.
    page = reviewer.page
    reviewer.open("/console/cases/")
    page.get_by_role("button", name="Take the next one").click()
    page.locator(".case-decide").click()
    page.fill("[name=reason]", "")
    page.locator("[data-submit]").click()

    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.locator(".case-scroll")).to_be_hidden()
    page.locator(".hist-back").click()
    expect(page.locator(".case-scroll")).to_be_visible()
    page.locator(".case-decide").click()
    expect(page.locator(".error-summary")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1024, 1280])
def test_longer_languages_fit_the_screen_too(people: Callable[..., Person], width: int) -> None:
    pages = {
        "lead": ["/console/cases/", "/console/detection/", "/console/fairness/"],
        "owner": [f"{INBOX}../health/", f"{INBOX}../health/rules/", "/verify/"],
    }
    for role, paths in pages.items():
        person = people(role, width=width, locale="es-ES")
        for path in paths:
            person.open(path)
            assert person.page.evaluate("document.documentElement.lang") == "es"
            assert person.page.evaluate("document.documentElement.scrollWidth") <= width, path
