"""What a number is: named as something else, announced as one to call, or counted."""

import pytest

from compliance.engine.context import Context
from compliance.engine.pipeline import screen

SELLER = Context(sender="seller")


def phones(text: str) -> list[str]:
    return [finding.rule for finding in screen(text, SELLER).findings if finding.detector == "phones"]


@pytest.mark.parametrize(
    "text",
    [
        "if your parcel is late by Monday try 415 555 0123 and ask for Lena",
        "the item is ready, 4~1~5~5~5~5~0~1~2~3, waiting",
        "your package leaves today, and for more: four one five, five five five, zero one two three",
        "Mijn nummer is 020 - 55 - 501 - 23",
        "22 555 01 23 to mój numer",
        "আমার নম্বর ৪১৫৫৫৫০১২৩",
    ],
)
def test_a_word_for_an_order_elsewhere_in_the_sentence_does_not_name_the_number(text: str) -> None:
    assert phones(text)


@pytest.mark.parametrize(
    "text",
    [
        "Your order number is 4155550123",
        "order no. 415-555-0123 is packed",
        "The tracking code is 4155 5501 23",
        "The batch code on the lid is K3107-4440129.",
        "parcel 415 555 0123 is on its way",
    ],
)
def test_a_label_right_before_the_figures_says_that_they_are_no_number_to_call(text: str) -> None:
    assert not phones(text)


@pytest.mark.parametrize(
    "text",
    [
        "1, 2, 3, 4, 5, 6, 7, 8, 9, 10: the whole set of house numbers",
        "digits 0 1 2 3 4 5 6 7 8 9 in brass",
        "12.00 24.00 36.00 for one, two, three",
        "Mon-Fri 10:00-19:00, Sat 11:00-16:00",
        "월-금 10:00-19:00, 토 11:00-16:00",
        "Packs of 100 / 250 / 500 / 1000",
        "she got &#128514;&#128514; one &#128520; and laughed",
    ],
)
def test_counting_prices_hours_and_quantities_are_no_number(text: str) -> None:
    assert not phones(text)
