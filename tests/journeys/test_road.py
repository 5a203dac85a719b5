"""The whole road in a browser: question, answer with a number, case, decision, points, appeal, overturn."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import PASSWORD, Person, Site, wait_until

pytestmark = pytest.mark.browser
# This shop never set hours, so it is always open and every session of it counts.
SHOP = "velvet-harbor"
QUESTION = "Does the silk twill scarf come in a gift box?"
NUMBER = "+1 312 555 0142"
ANSWER = f"It does, in a flat one. Ring me on {NUMBER} and we talk it over."
FACTS = "You gave a phone number that the order did not need."
REASONS = "The number is the carrier's public line, so the rule allows it."
Come = Callable[..., Person]


def sign_up(person: Person, name: str) -> None:
    person.open("/accounts/signup/")
    person.page.fill("[name=email]", f"{name.lower()}@example.com")
    person.page.fill("[name=display_name]", f"{name} Example")
    person.page.fill("[name=password1]", PASSWORD)
    person.page.click("main button[type=submit]")
    person.page.wait_for_url(f"{person.site.address}/")


def health(person: Person) -> Page:
    person.open(f"/seller/{SHOP}/health/")
    return person.page


def points(person: Person) -> int:
    return int(health(person).locator(".figure").first.inner_text())


def ask_and_answer(customer: Person, seller: Person) -> int:
    """The customer asks from the shop's page, the seller answers with a number; the conversation's id."""
    customer.open(f"/shop/{SHOP}/")
    customer.page.click("text=Chat with shop")
    customer.page.wait_for_selector("html[data-chat=live]")
    conversation = int(customer.page.url.rstrip("/").split("/")[-1])
    seller.open_chat(f"/seller/{SHOP}/messages/{conversation}/")
    customer.page.fill("#msg", QUESTION)
    customer.page.keyboard.press("Enter")
    expect(seller.page.locator("[data-log] .bubble", has_text="gift box")).to_have_count(1)
    seller.page.fill("#msg", ANSWER)
    # The composer warns before sending; this seller sends it all the same.
    seller.page.locator(".fix-do button").nth(1).click()
    return conversation


def case_of(site: Site, conversation: int) -> str:
    found = f"SELECT reference FROM compliance_case WHERE conversation_id = {conversation}"
    wait_until(lambda: bool(site.sql(found).strip()))
    return site.sql(found).strip()


def decide(reviewer: Person, reference: str) -> None:
    page = reviewer.page
    reviewer.open("/console/cases/")
    page.click(f"a.qrow[href*='{reference}']")
    expect(page.locator(".msg-flag mark").first).to_contain_text("312 555 0142")
    expect(page.locator(".why-list")).to_contain_text("phone number")
    page.keyboard.press("c")
    page.wait_for_selector("[data-verdict]")
    page.check("input[name=verdict][value=contact_redirect]")
    expect(page.locator(".effect ul:visible")).to_contain_text("3 points")
    page.fill("#why-code", "clear from the words")
    page.fill("#facts", FACTS)
    page.click("[data-submit]")
    page.wait_for_selector(".undo")


def appeal(seller: Person) -> str:
    """From Shop Health through the form, with a file; the appeal's number."""
    page = health(seller)
    page.locator(".sor-do .btn-main").click()
    page.check("input[name=ground][value=allowed]")
    page.fill("[name=text]", "The number is the carrier's public line. The customer had asked for it.")
    proof = {"name": "line.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}
    page.set_input_files("[name=files]", files=[proof])
    page.click(".appeal-form button[type=submit]")
    page.wait_for_url(re.compile(r"/health/appeals/A-"))
    expect(page.locator(".timeline li").first).to_have_class("now")
    expect(page.locator(".evi").first).to_contain_text("line.pdf")
    return page.url.rstrip("/").split("/")[-1]


def test_from_a_question_to_an_overturned_decision(people: Come, site: Site) -> None:
    customer, seller = people("", width=360, height=780), people("owner-velvet")
    first, second = people("reviewer"), people("reviewer2")
    sign_up(customer, "Noor")
    before = points(seller)

    # The customer sees the answer without the number.
    conversation = ask_and_answer(customer, seller)
    answer = customer.page.locator("[data-log] .bubble", has_text="It does, in a flat one")
    expect(answer).to_have_count(1)
    expect(answer).not_to_contain_text("555 0142")

    # A reviewer finds the case in the queue, sees why, and confirms the violation.
    reference = case_of(site, conversation)
    decide(first, reference)

    # The shop reads the statement of reasons and its points.
    page = health(seller)
    assert int(page.locator(".figure").first.inner_text()) == before + 3
    expect(page.locator("#sor")).to_contain_text(FACTS)
    expect(page.locator("#sor mark")).to_contain_text("312 555 0142")

    # It appeals. Whoever decided the case gets no form; somebody else takes the decision back.
    number = appeal(seller)
    first.open(f"/console/appeals/{number}/")
    expect(first.page.locator("textarea#answer")).to_have_count(0)
    expect(first.page.locator(".banner.warn")).to_be_visible()
    second.open(f"/console/appeals/{number}/")
    second.page.click("form[action$='/claim/'] button")
    second.page.fill("#answer", REASONS)
    second.page.click("button[name=act][value=uphold]")
    second.page.wait_for_selector(".toast")

    # The points are gone, the shop reads the reasons, and the customer sees the whole message.
    assert points(seller) == before
    seller.open(f"/seller/{SHOP}/health/appeals/{number}/")
    expect(seller.page.locator(".answer-box.ok")).to_contain_text(REASONS)
    expect(answer).to_contain_text(NUMBER)

    # The ledger has the session, answered in time: on the shop's page and in the command.
    seller.open(f"/seller/{SHOP}/performance/")
    expect(seller.page.locator("tr.k-ok", has_text="Noor")).to_have_count(1)
    lines = site.manage("session_ledger", "--shop", SHOP, "--json").splitlines()
    verdicts = [
        row["verdict"] for row in map(json.loads, lines) if str(row["conversation"]) == str(conversation)
    ]
    assert verdicts == ["in_time"]

    # Nothing of it can be denied later.
    assert json.loads(site.manage("verify_audit", "--json"))["ok"] is True
