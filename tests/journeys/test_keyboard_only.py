"""Everything people do all day works from the keyboard, and the focus is always visible."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Person

pytestmark = pytest.mark.browser
SHOP = "northfield-ceramics"


def press_until(person: Person, key: str, selector: str, *, most: int = 60) -> None:
    for _ in range(most):
        person.page.keyboard.press(key)
        if person.page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
            return
    raise AssertionError(f"{selector} was not reached with {key}")


def test_a_customer_logs_in_finds_a_product_and_writes(people: Callable[..., Person]) -> None:
    customer = people("")
    customer.open("/accounts/login/")
    press_until(customer, "Tab", "[name=login]")
    customer.page.keyboard.type("customer@demo.parley.example")
    press_until(customer, "Tab", "[name=password]")
    customer.page.keyboard.type("parley-demo-2026")
    customer.page.keyboard.press("Enter")
    customer.page.wait_for_selector(".market")
    customer.page.keyboard.press("Tab")
    expect(customer.page.locator("a.skip")).to_be_focused()
    press_until(customer, "Tab", f"a.ware[href*='{SHOP}']")
    customer.page.keyboard.press("Enter")
    customer.page.wait_for_selector(".ware-page")
    press_until(customer, "Tab", ".exits button")
    customer.page.keyboard.press("Enter")
    customer.page.wait_for_selector("html[data-chat=live]")
    press_until(customer, "Tab", "#msg")
    customer.page.keyboard.type("Only with keys")
    customer.page.keyboard.press("Shift+Enter")
    customer.page.keyboard.type("and two lines")
    customer.page.keyboard.press("Enter")
    bubble = customer.page.locator("[data-log] .bubble", has_text="Only with keys")
    expect(bubble).to_have_text("Only with keys\nand two lines")
    expect(customer.page.locator("#msg")).to_be_focused()


def test_an_agent_walks_the_inbox_answers_and_resolves(people: Callable[..., Person]) -> None:
    agent = people("agent")
    agent.open_chat(f"/seller/{SHOP}/messages/")
    agent.page.keyboard.press("j")
    agent.page.wait_for_url("**/messages/*/")
    agent.page.wait_for_selector("html[data-chat=live]")
    agent.page.keyboard.press("r")
    expect(agent.page.locator("#msg")).to_be_focused()
    agent.page.keyboard.type("jkre are letters here")
    expect(agent.page.locator("#msg")).to_have_value("jkre are letters here")
    agent.page.keyboard.press("Enter")
    expect(agent.page.locator("[data-log] .bubble", has_text="jkre are letters here")).to_have_count(1)
    agent.page.keyboard.press("Escape")
    expect(agent.page.locator("[role=log]")).to_be_focused()
    agent.page.keyboard.press("e")
    expect(agent.page.locator(".toast")).to_contain_text("Resolved")
