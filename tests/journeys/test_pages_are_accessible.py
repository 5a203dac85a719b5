"""No page has a serious barrier for axe, narrow or wide, light or dark, and none is wider than its screen."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.journeys.conftest import Person

pytestmark = pytest.mark.browser
Come = Callable[..., Person]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SIZES = [(360, 780), (1280, 900)]
SHOP = "northfield-ceramics"
PAGES = {
    "": [
        "/",
        f"/shop/{SHOP}/",
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/nowhere/",
    ],
    "customer": ["/orders/", "/chats/", "FIRST_ORDER", "FIRST_PRODUCT", "FIRST_CHAT"],
    "owner": [
        f"/seller/{SHOP}/messages/",
        "FIRST_CONVERSATION",
        f"/seller/{SHOP}/messages/?select=1",
        f"/seller/{SHOP}/settings/inbox/",
        f"/seller/{SHOP}/settings/team/",
        f"/seller/{SHOP}/settings/team/activity/",
        f"/seller/{SHOP}/health/",
        f"/seller/{SHOP}/health/appeals/",
        "/account/notices/",
        f"/seller/{SHOP}/settings/replies/",
        f"/seller/{SHOP}/settings/hours/",
        f"/seller/{SHOP}/settings/automatic/",
        f"/seller/{SHOP}/settings/questions/?text=shiping",
        f"/seller/{SHOP}/performance/disputes/",
        f"/seller/{SHOP}/health/rules/",
        f"/seller/{SHOP}/performance/",
        f"/seller/{SHOP}/tickets/",
    ],
    "reviewer": [
        "/console/cases/",
        "FIRST_CASE",
        "/console/second-review/",
        "/console/findings/",
        "/console/appeals/",
        "/console/policies/",
        "/console/fairness/",
        "/console/closings/",
        "/console/disputes/",
        "/console/spam-marks/",
        "/silent-shops/",
        "/styleguide/",
    ],
    "support": ["/support/", "/help/", "/help/new/", "/help/report/", "/help/tickets/"],
    "operator": ["/status/", "/status/runbook/"],
    "lead": ["/console/audit/?verify=1", "/console/detection/", "/console/detection/rescans/"],
}
FIRST = {
    "FIRST_ORDER": ("/orders/", "a[href^='/orders/4'], .order-card a"),
    "FIRST_PRODUCT": (f"/shop/{SHOP}/", "a.ware"),
    "FIRST_CHAT": ("/chats/", "a.crow"),
    "FIRST_CASE": ("/console/cases/", "a.qrow"),
    "FIRST_CONVERSATION": (f"/seller/{SHOP}/messages/", "a.irow"),
}


# What colours can break: all that is left to ask once the same page was examined in the other scheme.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]


# Two frames after a change of size or scheme it is on the screen: less motion means no transition here.
DRAWN = "async () => { for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame) }"


def serious(page: Page, only: dict[str, Any]) -> list[str]:
    # Without "violations" the answer would carry every element that is in order as well.
    options = {"runOnly": only, "resultTypes": ["violations"]}
    found: Any = page.evaluate("options => axe.run(options)", options)
    return [
        f"{page.url} {each['id']}: {each['help']}: {node['target']}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"][:3]
    ]


def problems_of(page: Page) -> list[str]:
    """Of the page as it is open, at each width, in both colour schemes."""
    problems: list[str] = []
    page.wait_for_timeout(100)  # What scripts add once the page is there.
    page.evaluate(AXE_SCRIPT)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        page.evaluate(DRAWN)
        problems += [f"dark: {line}" for line in serious(page, {"type": "rule", "values": COLOUR_RULES})]
        page.emulate_media(color_scheme="light")
        page.evaluate(DRAWN)
        problems += serious(page, {"type": "tag", "values": TAGS})
        used = page.evaluate("document.documentElement.scrollWidth")
        if used > width:
            problems.append(f"{page.url} is {used} px wide on a screen of {width}")
    return problems


def address_of(person: Person, path: str) -> str:
    if path not in FIRST:
        return path
    listing, selector = FIRST[path]
    person.open(listing)
    return person.page.locator(selector).first.get_attribute("href") or ""


@pytest.mark.parametrize("role", PAGES)
def test_no_page_has_a_serious_barrier_or_overflows(people: Come, role: str) -> None:
    person = people(role)
    person.is_faulty_network = True  # The page that is not there is one of them.
    problems: list[str] = []
    for path in [address_of(person, path) for path in PAGES[role]]:
        person.open(path)
        problems += problems_of(person.page)
    assert problems == []
