"""Telling words in splits, in writings of machines and in puzzles that the message explains."""

import pytest

from compliance.engine.context import Context
from compliance.engine.pipeline import scan, screen

HIDDEN = [
    ("write me on (w)(h)(a)(t)(s)(a)(p)(p), same name", "whatsapp"),
    ("find us on tele + gram, same name as the shop", "telegram"),
    ("text me on sappwhat, it is quicker", "whatsapp"),
    ("base64 is fun: d2hhdHNhcHA= is where I answer", "whatsapp"),
    ("add me on 77 68 61 74 73 61 70 70 (hex)", "whatsapp"),
    ("message me on 23-8-1-20-19-1-16-16, a is 1", "whatsapp"),
    ("reach me at whiskey hotel alpha tango sierra alpha papa papa", "whatsapp"),
    ("pay me by %70%61%79%70%61%6c", "paypal"),
    ("read it backwards: margelet, I am there all day", "telegram"),
    ("shift every letter one back: xibutbqq", "whatsapp"),
    ("take out the x: wxhxaxtxsxaxpxp, write me there", "whatsapp"),
    ("first letters count: Peter always yells, Paul always listens", "paypal"),
]
HONEST = [
    "Size chart: S, M, L, XL. The S fits 36, the M fits 38.",
    "Colours #ff8800, #00aa77 and #112233 are in stock.",
    "Licence key ABCD-EFGH-JKLM-NPQR comes in the mail after you check out here.",
    "Please engrave W, H and A on the inside.",
    "Row 1: k2, p2, k2, p2\nRow 2: p2, k2, p2, k2\nRow 3: k all\nRow 4: p all",
    "1. e4 e5 2. Nf3 Nc6 3. Bb5 a6",
    "Your part is SKU 7768-6174-A, shelf 12-4-9.",
    "S A L E on all mugs this week, in the basket.",
    "Alpha and Bravo are the two kittens on the card, Charlie is the dog.",
    "Take out the battery first, then turn it round.",
]


@pytest.mark.parametrize(("text", "word"), HIDDEN)
def test_a_hidden_word_is_found_and_the_reason_says_what_it_reads(text: str, word: str) -> None:
    findings = scan(text, Context(sender="seller")).findings

    assert findings
    assert any(word in finding.explanation.lower() for finding in findings), [
        one.explanation for one in findings
    ]


@pytest.mark.parametrize("text", HONEST)
def test_an_honest_list_is_no_puzzle(text: str) -> None:
    assert not screen(text, Context(sender="seller")).findings
