"""Ways to write a number, an address or a name so that a filter misses it, and innocents that look alike."""

import base64
import random

import pytest

from compliance.engine.context import Context
from compliance.engine.pipeline import scan_batch, screen

SELLER = Context(sender="seller")
NUMBER = "6465550142"
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
ODD_WORDS = ("zer0", "wun", "twooo", "thre", "f0ur", "f1ve", "siks", "sevn", "e1ght", "nyne")
ROMAN = ("0", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")


def _signs(first):
    return "".join(chr(first + int(digit)) for digit in NUMBER)


NUMBERS = {
    "glued words": "".join(WORDS[int(digit)] for digit in NUMBER),
    "camel case": "".join(WORDS[int(digit)].title() for digit in NUMBER),
    "misspelt words": " ".join(ODD_WORDS[int(digit)] for digit in NUMBER),
    "words pulled apart": "   ".join(" ".join(WORDS[int(digit)]) for digit in NUMBER),
    "words in look-alikes": " ".join(WORDS[int(digit)] for digit in NUMBER)
    .replace("o", "о")
    .replace("e", "е"),
    "Roman": "-".join(ROMAN[int(digit)] for digit in NUMBER),
    "the same word between": "646 banana 555 banana 0142",
    "pipes": "|".join(NUMBER),
    "a letter between": " x ".join(NUMBER),
    "doubly circled": "".join("⓪⓵⓶⓷⓸⓹⓺⓻⓼⓽"[int(digit)] for digit in NUMBER),
    "Suzhou": "".join("〇〡〢〣〤〥〦〧〨〩"[int(digit)] for digit in NUMBER),
    "Thai": _signs(0x0E50),
    "Khmer": _signs(0x17E0),
    "seven segments": _signs(0x1FBF0),
    "marks above": "".join(digit + "\u0301\u0322\u0336" for digit in NUMBER),
    "character references": "".join(f"&#{ord(digit)};" for digit in NUMBER),
    "percent signs": "".join(f"%{ord(digit):02X}" for digit in NUMBER),
    "line by line": "\n".join(NUMBER),
    "Braille": "".join("⠚⠁⠃⠉⠙⠑⠋⠛⠓⠊"[int(digit)] for digit in NUMBER),
    "sums": " ".join(f"({int(digit) - 1}+1)" if digit != "0" else "(0+0)" for digit in NUMBER),
    "differences": ", ".join(
        f"{min(9, int(digit) + 2)}-{min(9, int(digit) + 2) - int(digit)}" for digit in NUMBER
    ),
    "two sentences": "first half is 64655. Second half is 50142",
    "Dutch": " ".join(
        ["nul", "een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen"][int(digit)]
        for digit in NUMBER
    ),
    "Pinyin": " ".join(
        ["ling", "yi", "er", "san", "si", "wu", "liu", "qi", "ba", "jiu"][int(digit)] for digit in NUMBER
    ),
    "letters in its shape": "6A6-SSS-OI42".replace("A", "4"),
}
ADDRESSES = {
    "a star for the dot": "lampshop*com",
    "an underscore for the dot": "lampshop_com",
    "a picture for the dot": "lampshop🔴com",
    "a slash for the dot": "lampshop / com",
    "dotcom": "lampshop dotcom",
    "dot com in brackets": "lampshop (dot com)",
    "glued": "lampshopdotcom",
    "hyphens": "anna-at-lampshop-dot-com",
    "www without dots": "www lampshop co uk",
    "full stop": "lampshop full stop com",
    "percent sign": "lampshop%2Ecom",
    "character reference": "lampshop&#46;com",
    "base 64": base64.b64encode(b"https://lampshop.com").decode(),
    "backwards": "moc.pohspmal",
    "provider alone": "anna.lamps at gmail",
    "provider without dot": "annalamps gmail com",
    "provider in brackets": "annalamps (gmail)",
    "ellipsis": "lampshop…com",
    "nothing for the dot": "lampshop com",
    "ending pulled apart": "lampshop dot c o m",
    "ending in figures": "lampshop.c0m",
    "quoted dot": 'lampshop "dot" com',
    "capitals for the dot": "lampshopDOTcom",
    "a country's ending": "teahouse dot de",
    "Polish": "lampshop kropka pl",
    "named reference": "lampshop&period;com",
    "right to left": "\u202emoc.pohspmal\u202c",
    "by numbers": "http://203.0.113.77/lamps",
    "in brackets": "[lampshop][com]",
}
NAMES = ("tlgrm", "whtspp", "ve**o", "te#egram", "pa*pal", "whats_pp", "tele-gram", "wots app", "⠞⠑⠇⠑⠛⠗⠁⠍",
    "p4yp41", "wh<b></b>atsapp", "tango echo lima echo golf romeo alpha mike", "- . .-.. . --. .-. .- --",
    "wxhxaxtxsxaxpxp", "atsappwhay", r"\/\/hatsapp", "vnemo",
)  # fmt: skip


@pytest.mark.parametrize("how", NUMBERS)
def test_a_number_is_read_however_it_is_written(how):
    text = f"call me at {NUMBERS[how]} tonight"
    result = screen(text, SELLER)
    assert "contact_redirect" in {finding.policy for finding in result.findings}
    assert result.mask_spans
    assert all(text[finding.start : finding.end] == finding.matched for finding in result.findings)


@pytest.mark.parametrize("how", ADDRESSES)
def test_an_address_is_read_however_it_is_written(how):
    text = f"our catalogue: {ADDRESSES[how]}"
    result = screen(text, SELLER)
    assert "contact_redirect" in {finding.policy for finding in result.findings}
    assert all(text[finding.start : finding.end] == finding.matched for finding in result.findings)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_read_however_it_is_written(name):
    found = {finding.policy for finding in screen(f"please add me on {name} today", SELLER).findings}
    assert found & {"contact_redirect", "diverting_transactions"}


def test_the_mask_covers_what_belongs_to_an_address_and_no_more():
    for text, hidden in (
        ("order at lampshop dot com next time", "lampshop dot com"),
        ("go to hxxps[:]//lampshop[.]com for more", "hxxps[:]//lampshop[.]com"),
        ("we are on lampshop dot com slash sale", "lampshop dot com slash sale"),
        ("write to anna.lamps 🐌 gmail.com please", "anna.lamps 🐌 gmail.com"),
        ("write to annalamps@gmail,com please", "annalamps@gmail,com"),
        (
            "my digits are (4+2) (2+2) (3+3) 5 5 5 (0+0) 1 (2+2) 2 ok",
            "(4+2) (2+2) (3+3) 5 5 5 (0+0) 1 (2+2) 2",
        ),
        ("for the blue one 646 555 0142 okay?", "646 555 0142"),
    ):
        assert [text[start:end] for start, end in screen(text, SELLER).mask_spans] == [hidden], text


def test_contact_data_stays_masked_beside_a_likelier_category():
    text = "SALE 🔥🔥🔥 50% off everything, hurry!! call 646-555-0142 🔥🔥🔥"
    (result,) = scan_batch([(text, SELLER)])
    assert [text[start:end] for start, end in result.mask_spans] == ["646-555-0142"]


INNOCENT = (
    "rows 1 2 3 4 5 6 7 8 9 10 of the chart",
    "0.5 1.0 1.5 2.0 2.5 3.0 mm tips are in the box",
    "sizes I, II, III, IV, V and VI are in stock",
    "It comes in one, two, three or four pieces",
    "S/N B004-264-2653 is on the label",
    "IMEI Y435-303-5777",
    "pedido #4158963305 enviado",
    "it was $21.11 now $12",
    "It measures 120 x 200 x 1000 mm",
    "mesa com 4 cadeiras / com vidro",
    "o cabo vem com carregador?",
    "A mosquito net, com preto",
    "The rom-com book set",
    "check your gmail spam folder for the receipt",
    "We ship e.g. the blue one today",
    "It rained 20%, 30%, 45% of the days",
    "sizes 886/306/5218 are sold out",
    "we play 3-2, 4-1, 6-3 and 2-0 this week",
    "Monday 9-5, Tuesday 9-5, Friday 10-4",
    "2x4, 2x6 and 3x8 boards",
    "Thanks for your order! 4158963305 has left today",
    "the order nr. 601-457-8818 is packed",
    "firmware 1.20.103.44 fixes it",
    "hasta este punto de venta no llega",
    "the trial period in total is a week",
    "hotel, golf, mike and papa are on the flags",
    "I waited...store was closed; net weight 2 kg",
)


@pytest.mark.parametrize("text", INNOCENT)
def test_what_only_looks_like_a_number_or_an_address_passes(text):
    assert screen(text, SELLER).findings == ()


def test_codes_of_orders_and_parcels_pass():
    rng = random.Random(4)

    def digits(count):
        return "".join(rng.choices("0123456789", k=count))

    for _ in range(150):
        for text in (
            f"Your order {digits(10)} has shipped.",
            f"I see order #{digits(3)}-{digits(7)}-{digits(7)} is delayed, sorry",
            f"tracking number {digits(4)} {digits(4)} {digits(4)}",
            f"serial number {digits(5)}-{digits(5)}",
            f"Bestellung {digits(9)} ist unterwegs",
            f"ISBN 978-{digits(1)}-{digits(4)}-{digits(4)}-{digits(1)}",
        ):
            assert screen(text, SELLER).findings == (), text
