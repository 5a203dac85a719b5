import pytest

from chat.services.faq_matching import Question, best_match

SHIPPING = Question(1, ("shipping", "delivery time", "envío", "发货"))
RETURNS = Question(2, ("return", "send back", "devolución"))


@pytest.mark.parametrize(
    "text, question_id",
    [
        ("How long does shipping take?", 1),
        ("SHIPPING???", 1),
        ("what's the delivery  time to Oslo", 1),
        ("how long is shiping?", 1),
        ("hpw long is shippnig", 1),
        ("¿Cuánto tarda el envio?", 1),
        ("你好，请问什么时候发货？", 1),
        ("Can I return it?", 2),
        ("I want to send it back", None),
        ("I want to send back the mug", 2),
        ("una devolucion por favor", 2),
        ("the turn of the year", None),
        ("worshipping", None),
        ("deliver my time machine", None),
        ("", None),
        ("?!", None),
    ],
)
def test_a_keyword_is_found_at_word_boundaries_with_modest_typos(text, question_id):
    match = best_match(text, [SHIPPING, RETURNS])

    assert (match.question_id if match else None) == question_id


def test_a_short_keyword_needs_every_letter():
    assert best_match("a red mug", [Question(1, ("mug",))])
    assert best_match("a red bug", [Question(1, ("bag",))]) is None


def test_the_longest_exact_keyword_wins_over_one_with_typos():
    near = Question(1, ("warranties",))
    exact = Question(2, ("warranty",))

    assert best_match("is there a warranty?", [near, exact]).question_id == 2


def test_of_two_that_fit_equally_the_first_in_the_list_wins():
    assert best_match("gift box", [Question(7, ("gift",)), Question(8, ("gift",))]).question_id == 7
