"""Telling words in a disguise are found whatever the sentence says; plain words and neighbours aren't."""

import pytest

from compliance.engine.context import Context
from compliance.engine.pipeline import screen

SELLER = Context(sender="seller")
HIDDEN = {
    "signs between": "the tray comes with a r~i~f~l~e inside",
    "signs that are letters elsewhere": "my b!u!s!i!n!e!s!s c!a!r!d is in the parcel",
    "figures for letters": "3l 7r4n5f3r3nc14 8anc4r14 está bien",
    "no-break spaces": "take r\u00a0e\u00a0v\u00a0o\u00a0l\u00a0u\u00a0t",
    "pictures between": "that is c🌷a🌷s🌷i🌷n🌷o night again",
    "two letters each": "eeddiittiioonn two of the ccccooccaaiinnee",
    "one foreign letter": "the pаsswоrd for the parcel is missing",
    "styled letters": "what 𝖆 𝖇𝖆𝖘𝖙𝖆𝖗𝖉 you are",
    "marks": "s\u0334k\u0334y\u0334p\u0334e is where I answer",
    "an unseen sign": "the hand\u2060gun fits in the box",
    "a sign in a Chinese word": "走银~行~转~账吧",
    "letters apart in Korean": "카-카-오-톡 여기요",
}
PLAIN = (
    "Our password was changed, so please log in again.",
    "Enter your email address (or your order number).\n3. Press the button",
    "The AK-47 poster is sold out.",
    "5 stars, 10/10, a good review!",
    "¿El número de teléfono lo ve solo el transportista?",
    "Cố lên, số điện thoại của bạn ở trong đơn hàng",
    "별 다섯 개 스티커 있어요",
    "Hi Anna! The T-shirt is packed, thank you Anna!",
    "Red! T-shirts for Debbie from Pistoia",
    "Sh! That's a limitación",
    "Какао в наличии, кружка 300 мл",
    "Quick sum: 2+4= &lt;6&gt; is right",
    "that's an art, isn't it? T-shirts are 100% cotton",
    "พื้นสีขาว มีขนาด 20 ซม.",
    "पाँच सितारों के लिए दिल से धन्यवाद",
    "পাঁচ তারার জন্য অনেক ধন্যবাদ আপু",
    "ألغِ الطلب براحتك والمبلغ يرجع كاملا",
    "sztylet to zakładka do książki, filc",
    "The flat-pack desk has 4 legs, 2 shelves and 1 top.",
)


@pytest.mark.parametrize("name", HIDDEN)
def test_a_hidden_word_is_found_and_marked(name):
    text = HIDDEN[name]
    found = screen(text, SELLER).findings
    assert found
    for one in found:
        assert text[one.start : one.end] == one.matched


@pytest.mark.parametrize("text", PLAIN)
def test_a_word_that_nobody_hid_is_left_alone(text):
    assert not [one for one in screen(text, SELLER).findings if one.rule.startswith("veiled_")]


CODED = {
    "character references": "the &#114;&#105;&#102;&#108;&#101; is in the tray",
    "percent signs": "ask for our c%61sino evening",
    "base 64": "b25saW5lIGNhc2lubw== is our evening",
    "Morse": "bring a .-. .. ..-. .-.. . with you",
    "tags": "that is a cas<b></b>ino evening",
}


@pytest.mark.parametrize("name", CODED)
def test_a_word_in_a_code_is_found(name):
    assert screen(CODED[name], SELLER).findings


def test_what_alone_is_accepted_is_not_refused():
    assert screen("I only accept p~a~y~p~a~l for this", SELLER).findings


@pytest.mark.parametrize(
    "text",
    [
        "𝐏𝐡𝐨𝐧𝐞 𝐜𝐚𝐬𝐞 – 𝐟𝐨𝐫 𝐢𝐏𝐡𝐨𝐧𝐞 15",
        "𝐒𝐀𝐋𝐄 on 𝐰𝐡𝐚𝐭𝐬𝐚𝐩𝐩 sticker sets and 𝐩𝐡𝐨𝐧𝐞 cases",
        "The c-a-n-c-e-l button is grey once it has shipped",
        "P.H.O.N.E. booth model 1:18",
        "S I Z E S: S, L",
        "S A L E",
    ],
)
def test_headings_in_a_style_and_words_of_any_shop_are_no_disguise(text):
    assert not [one for one in screen(text, SELLER).findings if one.rule.startswith("veiled_")]
