"""Kinds of disguise that any number may wear: words of a language, other signs, keys, places, parts."""

import pytest

from compliance.engine.context import Context
from compliance.engine.pipeline import screen
from compliance.engine.rows import rows

SELLER = Context(sender="seller")


def phones(text: str) -> list[str]:
    return [finding.rule for finding in screen(text, SELLER).findings if finding.detector == "phones"]


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("null eins fünf zwei dreiundvierzig siebzehn achtundsechzig", "0152431768"),
        ("zéro six douze trente-quatre soixante et onze quatre-vingt-dix-huit", "0612347198"),
        ("trentatré quarantuno due sei otto cinque, ventuno", "3341268521"),
        ("fve, zeroo, sevn, thre, three, one, eigth, two, six", "507331826"),
        (
            "нолик девятка пятерка семь один два шесть три восемь",
            "095712638",
        ),
        ("7te z3ro 5nco dois um 9ve oito tres seis", "705219836"),
        ("noll sju tre åtta fem två nio ett fyra", "073852914"),
    ],
)
def test_a_row_of_number_words_of_one_language_is_read(text: str, digits: str) -> None:
    assert [
        told.digits
        for told in rows(text.lower().replace("é", "e").replace("ü", "u").replace("å", "a").replace("ä", "a"))
    ] == [digits]


@pytest.mark.parametrize(
    "text",
    [
        "my line: ⚃ ⚀ ⚄ ⚄ ⚄ ⚄ 0 ⚀ ⚁ ⚂",
        "🀊🀇🀋🀋🀋🀋0🀇🀈🀉 is me",
        "write to \\u0034\\u0031\\u0035\\u0035\\u0035\\u0035\\u0030\\u0031\\u0032\\u0033",
        "Ɛᄅ⇂0ϛϛϛϛ⇂ㄣ turn the screen",
        "♥♥♥♥ ♥ ♥♥♥♥♥ ♥♥♥♥♥ ♥♥♥♥♥ ♥♥♥♥♥ none ♥ ♥♥ ♥♥♥",
        "hold shift off: $!%%%%)!@#, that is my mobile",
        "letter code b=2, c=3 and so on, j is 0, my mobile is D A E E E E J A B C",
        "0100 0001 0101 0101 0101 0101 0000 0001 0010 0011 in binary",
        "1) 4 2) 1 3) 5 4) 5 5) 5 6) 5 7) 0 8) 1 9) 2 10) 3",
        "two plus two, three minus two, five, five, one plus four, five, zero, one, one plus one, three",
        "Call 1-800-OAKLAMP",
        "area code 415. We ship daily. Then add 5550123 and ring",
        "four tables, one lamp, five mugs, five bowls, five pots, five jugs, zero cups, one tray, two urns,"
        " three vases."
        " Put them together and call me",
        "oak415lamp555shop0123",
        "or 0171/555/0123",
        "plus 44-77-009-00123",
    ],
)
def test_a_number_in_other_signs_places_or_parts_is_found(text: str) -> None:
    assert phones(text)


@pytest.mark.parametrize(
    "text",
    [
        "done, 31.75, three to five days",
        "⭐⭐⭐⭐⭐ and ⭐⭐⭐⭐ from the last two",
        "1. wash it 2. dry it 3. iron it",
        "the tiles 3, 4 and 5 are two by two",
        "To reach the board use Shift and the number row, Ctrl and 1",
        "one for you, two for him and three or four to come",
        "sizes 48 50 52 54 56 are in stock",
        "Trek SA0004412870 is in sorting",
    ],
)
def test_ordinary_talk_with_such_words_and_signs_is_no_number(text: str) -> None:
    assert not phones(text)


def test_the_word_after_a_number_in_words_stays_visible() -> None:
    text = "text four one five five five five zero one two three for help"
    (finding,) = [one for one in screen(text, SELLER).findings if one.detector == "phones"]
    assert text[finding.end :] == " for help"


@pytest.mark.parametrize(
    "piece",
    [
        "one si twoo thre fuor ba ",
        "first 4 and then ",
        "⚀ ",
        "⭐⭐ ",
        "\\u0034",
        "1) 2 ",
        "two plus ",
        "a=1 b=2 ",
        "!@#$ ",
        "0101 ",
    ],
)
def test_long_texts_of_such_pieces_are_read_to_their_end(piece: str) -> None:
    found = screen((piece * (100_000 // len(piece) + 1))[:100_000], SELLER).findings
    assert all(0 <= one.start < one.end <= 100_000 + len(piece) for one in found)


def test_the_mask_covers_the_compound_words_that_follow_plain_ones() -> None:
    text = "ruf an: null eins fünf zwei vier sieben elf dreiundvierzig neunzig, bis später"
    (finding,) = [one for one in screen(text, SELLER).findings if one.detector == "phones"]
    assert text[finding.start : finding.end] == "null eins fünf zwei vier sieben elf dreiundvierzig neunzig"
