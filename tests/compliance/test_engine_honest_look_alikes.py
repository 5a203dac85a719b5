"""Honest lines that resemble numbers, hosts and programs: they stay clean; and none of them may raise."""

import pytest

from compliance.engine.context import Context, Turn
from compliance.engine.pipeline import observe, screen

SELLER = Context(sender="seller")


@pytest.mark.parametrize(
    "text",
    [
        "00:45, 12:30, 18:15 - livestream times (UTC+1).",
        "Measurements: 1) 6 cm 2) 8 cm 3) 9 cm 4) 5 cm 5) 7 cm 6) 8 cm 7) 9 cm 8) 4 cm 9) 6 cm",
        "Vanity table with mirror, keypad lock, 10 cm; model ABC-DEF-2345",
        "The keyboard stickers cover qwerty and azerty; row: q w e r t y u i o p",
        "Red dot design award winner, black dot pattern",
        "black dot shop lamp",
        "Linen · Cotton · Net weight 200 g",
        "The polka dot dress and the dot com era poster",
        "The node.js sticker and the Vue.js sticker are both 5 cm.",
        "Bus 212 from stop 555, exit 0100 hours",
        "Row 212: 555 beads; row 213: 0180",
        "Hàng có 10 hạt đỏ, 12 hạt xanh, 8 hạt vàng, 6 hạt trắng",
        "tab 0-3-5 0-3-6-5 0-3-5-3-0",
        "ring sizes 5 6 7 7.5 8 9 10",
        "T E L E P H O N E table, 1960s, 60 cm",
        "runs Paint.NET fine, made with asp.net",
        "Neu.Nie benutzt.Mit Karton",
        "a bit. Coin included in the album",
        "whatsup dog t-shirt",
        "Facebok stand, oak",
        "Kind regards, Viber Johansson",
        "10% off for 2, 15% off for 3, 20% off for 5",
        "Please leave a review on this page when it arrives",
    ],
)
def test_an_honest_line_stays_clean(text):
    assert screen(text, SELLER).findings == ()


@pytest.mark.parametrize(
    "text", ["Sizes 3０ 3１ 3２ 3３ 3４ 3５ 3６ 3７ 3８ 0000000", "hex 3٠ 3١ 3٢ 3٣ 3٤ 3٥ 3٦ 3٧ 3٨ 3٩ 0000"]
)
def test_figures_of_other_scripts_in_groups_never_raise(text):
    assert screen(text, SELLER).ruleset


@pytest.mark.parametrize(
    "before, text",
    [
        ("4 hobbits or 3 humans or 2 humans w/ dog", "That works. 240x210 floor"),
        ("Tex 60 top, Tex 40 bobbin, needle 100/16", "gold, rust, navy, 17 others"),
        ("no, the 40V max, same thing as 36V", "shipped at 75% for safety rules. charge full once"),
    ],
)
def test_measures_from_message_to_message_are_no_number_in_pieces(before, text):
    history = (Turn("customer", "and the size?"), Turn("seller", before), Turn("customer", "ok"))
    found = observe(text, Context(sender="seller", history=history)).found
    assert "number_in_pieces" not in {one.rule for one in found}


def test_an_order_number_in_pieces_and_a_new_sentence_are_no_contact():
    told = Context(sender="seller", history=(Turn("seller", "Order"), Turn("seller", "305 442")))
    assert not observe("0981", told).found
    greeted = Context(sender="seller", history=(Turn("seller", "Hello."),))
    assert not observe("com is nice", greeted).found
    named = Context(sender="seller", history=(Turn("seller", "lampshop."),))
    assert observe("com is nice", named).found
