"""Customer and shop talk: live, masked, offline and back, in several tabs, with everything blocked."""

import os
import signal
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Person, Site, wait_until

pytestmark = pytest.mark.browser
SHOP = "northfield-ceramics"
Come = Callable[..., Person]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


# A picture of 8 by 8 grey points.
PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"".join(b"\x00" + b"\x88" * 8 for _ in range(8))))
    + _chunk(b"IEND", b"")
)


def start_chat(customer: Person) -> int:
    """Open the chat from the shop's page; the conversation's number."""
    customer.open(f"/shop/{SHOP}/")
    customer.page.click("text=Chat with shop")
    customer.page.wait_for_selector("html[data-chat=live]")
    return int(customer.page.url.rstrip("/").split("/")[-1])


def write(person: Person, text: str) -> None:
    person.page.fill("#msg", text)
    person.page.keyboard.press("Enter")


def bubbles(person: Person, text: str):
    return person.page.locator("[data-log] .bubble", has_text=text)


def test_both_sides_see_each_other_live_and_a_phone_number_arrives_masked(people: Come, site: Site) -> None:
    customer, seller = people("customer", width=360, height=780), people("agent")
    number = start_chat(customer)
    seller.open_chat(f"/seller/{SHOP}/messages/{number}/")

    write(customer, "Would the moss vase survive frost on a balcony?")
    expect(bubbles(seller, "survive frost")).to_have_count(1)

    seller.page.fill("#msg", "It would. Ring me on 312-555-0142 about it.")
    expect(seller.page.locator("[data-fix]")).to_contain_text("would be hidden or sent to review")
    expect(seller.page.locator("chat-composer mark")).to_have_text("312-555-0142")
    seller.page.click("text=Send as it is")

    answer = bubbles(customer, "It would. Ring me on")
    expect(answer).to_have_count(1)
    expect(answer).not_to_contain_text("312-555-0142")
    expect(customer.page.locator("[data-log] .msg-me .tick-read").last).to_be_visible()
    expect(seller.page.locator("[data-log]")).to_contain_text("hidden from the other side")

    customer.page.reload()
    expect(bubbles(customer, "It would. Ring me on")).to_have_count(1)
    expect(customer.page.locator("body")).not_to_contain_text("312-555-0142")
    found = f"""SELECT count(*) FROM compliance_finding f JOIN chat_message m ON m.id = f.subject_id
        WHERE f.subject_kind = 'message' AND m.conversation_id = {number} AND m.body LIKE 'It would. Ring%'"""
    wait_until(lambda: int(site.sql(found)) > 0)


def test_the_hint_removes_the_number_before_sending(people: Come) -> None:
    customer, seller = people("customer"), people("agent")
    number = start_chat(customer)
    seller.open_chat(f"/seller/{SHOP}/messages/{number}/")
    seller.page.fill("#msg", "Sure, call 312-555-0142 any time.")
    seller.page.click("text=Remove the marked words")
    expect(seller.page.locator("[data-fix]")).to_be_hidden()
    write_again = seller.page.locator("#msg")
    expect(write_again).not_to_have_value("312-555-0142")
    seller.page.keyboard.press("Enter")
    expect(bubbles(customer, "Sure, call any time.")).to_have_count(1)


def test_messages_written_offline_survive_a_reload_and_arrive_once_and_in_order(people: Come) -> None:
    customer, seller = people("customer"), people("agent")
    number = start_chat(customer)
    seller.open_chat(f"/seller/{SHOP}/messages/{number}/")
    customer.is_faulty_network = True
    cut = {"now": True}
    customer.page.route("**/api/**", lambda route: route.abort() if cut["now"] else route.continue_())
    customer.page.route_web_socket(
        "**/ws/v1/", lambda socket: socket.close() if cut["now"] else socket.connect_to_server()
    )
    customer.page.reload()
    customer.page.wait_for_selector("html[data-chat=live]")
    for word in ("first", "second", "third"):
        write(customer, f"Kept while offline: {word}")
    expect(customer.page.locator(".msg-pending")).to_have_count(3)
    expect(customer.page.locator("[data-banner]")).to_contain_text("You’re offline.")
    customer.page.reload()
    expect(customer.page.locator(".msg-pending")).to_have_count(3)

    cut["now"] = False
    expect(customer.page.locator(".msg-pending")).to_have_count(0)
    arrived = bubbles(seller, "Kept while offline:")
    expect(arrived).to_have_text([f"Kept while offline: {word}" for word in ("first", "second", "third")])
    expect(customer.page.locator("[data-banner]")).to_be_hidden()


def test_where_sockets_are_blocked_the_chat_polls(people: Come) -> None:
    customer, seller = people("customer"), people("agent")
    number = start_chat(customer)
    seller.open_chat(f"/seller/{SHOP}/messages/{number}/")
    customer.is_faulty_network = True
    customer.page.route_web_socket("**/ws/v1/", lambda socket: socket.close())
    customer.page.reload()
    customer.page.wait_for_selector("html[data-chat=live]")
    expect(customer.page.locator("[data-presence]")).to_contain_text("every few seconds")
    write(customer, "Sent without a socket")
    expect(bubbles(seller, "Sent without a socket")).to_have_count(1)
    write(seller, "Answered over one")
    expect(bubbles(customer, "Answered over one")).to_have_count(1)


def test_what_is_written_while_the_server_dies_arrives_once(people: Come, site: Site) -> None:
    customer, seller = people("customer"), people("agent")
    number = start_chat(customer)
    seller.open_chat(f"/seller/{SHOP}/messages/{number}/")
    customer.is_faulty_network = seller.is_faulty_network = True
    write(customer, "Before the fall")
    expect(bubbles(seller, "Before the fall")).to_have_count(1)
    for pid in site.state.pids("daphne"):
        os.kill(pid, signal.SIGKILL)
    write(customer, "While nobody listens")
    wait_until(site.is_ready)
    for person in (customer, seller):
        expect(bubbles(person, "While nobody listens")).to_have_count(1)
    expect(customer.page.locator(".msg-pending")).to_have_count(0)


def test_two_tabs_of_one_person_agree(people: Come) -> None:
    customer = people("customer")
    number = start_chat(customer)
    second = customer.context.new_page()
    customer.open_chat(f"/chats/{number}/", second)
    write(customer, "Seen in both tabs")
    expect(second.locator("[data-log] .bubble", has_text="Seen in both tabs")).to_have_count(1)
    expect(bubbles(customer, "Seen in both tabs")).to_have_count(1)


def test_a_draft_waits_for_its_writer(people: Come) -> None:
    customer = people("customer")
    number = start_chat(customer)
    customer.page.fill("#msg", "A thought I did not finish")
    customer.page.wait_for_timeout(700)
    customer.open_chat(f"/chats/{number}/")
    expect(customer.page.locator("#msg")).to_have_value("A thought I did not finish")
    customer.page.fill("#msg", "")
    customer.page.wait_for_timeout(700)


def test_logging_out_in_another_tab_stops_the_chat_and_says_so(people: Come) -> None:
    customer = people("")
    customer.log_in_through_the_form("customer@demo.parley.example")  # A session that may end.
    number = start_chat(customer)
    other = customer.context.new_page()
    customer.open("/", other)
    other.click("summary.av-btn")
    other.click("text=Log out")
    other.wait_for_load_state()
    customer.is_faulty_network = True
    expect(customer.page.locator("[data-banner]")).to_contain_text("You were logged out.")
    assert customer.open(f"/chats/{number}/").url.startswith(f"{customer.site.address}/accounts/login/")


def test_a_photo_and_an_order_card_reach_the_other_side(people: Come, pictures: Path) -> None:
    photo = pictures / "crack.png"
    photo.write_bytes(PNG)
    customer, seller = people("customer", width=360, height=780), people("agent")
    number = start_chat(customer)
    seller.open_chat(f"/seller/{SHOP}/messages/{number}/")
    customer.page.set_input_files("chat-composer input[accept]", photo)
    expect(customer.page.locator(".tile-ready")).to_have_count(1)
    customer.page.click("summary[aria-label='Attach an order or product']")
    customer.page.locator("button[data-card]", has_text="Order 48197-2204").click()
    write(customer, "The crack is at the rim")
    for person in (customer, seller):
        bubble = bubbles(person, "The crack is at the rim")
        expect(bubble).to_have_count(1)
        expect(bubble.locator(".bubble-card")).to_contain_text("Order 48197-2204")
        expect(bubble.locator("img.photo")).to_be_visible(timeout=30_000)
    expect(customer.page.locator(".msg-pending")).to_have_count(0)


def test_a_saved_reply_is_found_by_its_shortcut_and_filled_in(people: Come) -> None:
    customer, seller = people("customer"), people("agent")
    number = start_chat(customer)
    seller.open_chat(f"/seller/{SHOP}/messages/{number}/")
    seller.page.click("#msg")
    seller.page.keyboard.type("/than")
    expect(seller.page.locator("[data-saved] [aria-selected=true]")).to_contain_text("/thanks")
    seller.page.keyboard.press("Enter")
    expect(seller.page.locator("#msg")).to_have_value(
        "Thank you for writing to Northfield Ceramics, Priya. Is there anything else?"
    )
    seller.page.keyboard.press("Enter")
    expect(bubbles(customer, "Thank you for writing to Northfield Ceramics, Priya.")).to_have_count(1)


def test_a_search_forgives_a_typing_error_and_leads_to_the_message(people: Come) -> None:
    customer = people("customer")
    start_chat(customer)
    write(customer, "Is the turquoise glaze coming back?")
    expect(bubbles(customer, "turquoise glaze")).to_have_count(1)
    expect(customer.page.locator(".msg-pending")).to_have_count(0)
    customer.page.click("[data-open-search=here]")
    customer.page.fill("chat-search input[type=search]", "turqoise glaze")
    customer.page.locator(".found", has_text="turquoise").first.click()
    expect(customer.page.locator(".msg:target .bubble")).to_contain_text("turquoise glaze")


def test_a_removed_member_is_told_at_once_that_the_conversation_is_closed_to_them(people: Come) -> None:
    analyst, owner = people("analyst"), people("owner")
    analyst.open_chat(f"/seller/{SHOP}/messages/")
    analyst.page.locator("a.irow").first.click()
    analyst.page.wait_for_selector("chat-thread")
    analyst.is_faulty_network = True
    owner.open(f"/seller/{SHOP}/settings/team/")
    owner.page.click("button[aria-label='Remove Dev Malhotra from the team']")
    try:
        told = analyst.page.locator("[data-banner]")
        expect(told).to_contain_text("You no longer have access to this conversation.")
    finally:
        owner.page.fill("[name=email]", "analyst@demo.parley.example")
        owner.page.select_option("#id_role", "analyst")
        owner.page.click("text=Invite >> nth=-1")
        expect(owner.page.locator(".team")).to_contain_text("Dev Malhotra")


def test_reading_and_writing_need_no_scripts(people: Come) -> None:
    customer, seller = (
        people("customer", java_script_enabled=False),
        people("agent", java_script_enabled=False),
    )
    customer.open(f"/shop/{SHOP}/")
    customer.page.click("text=Chat with shop")
    customer.page.fill("#msg", "Written without any script")
    customer.page.click("button[aria-label=Send]")
    expect(bubbles(customer, "Written without any script")).to_have_count(1)
    number = customer.page.url.split("#")[0].rstrip("/").split("/")[-1]
    seller.open(f"/seller/{SHOP}/messages/{number}/")
    expect(bubbles(seller, "Written without any script")).to_have_count(1)
    seller.page.fill("#msg", "Answered without one, too")
    seller.page.click("chat-composer button[type=submit]")
    customer.page.reload()
    expect(bubbles(customer, "Answered without one, too")).to_have_count(1)
