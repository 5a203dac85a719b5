"""Numbers whose figures stand apart, or are told in mixed and misspelt words, and lists that are none."""

import pytest

from compliance.engine.context import Context
from compliance.engine.pipeline import screen

SELLER = Context(sender="seller")


def marked(text: str) -> list[str]:
    return [text[start:end] for start, end in screen(text, SELLER).mask_spans]


@pytest.mark.parametrize(
    ("before", "number", "after"),
    [
        ("call me ", "zer0 won sevn sx five fiv fve zero won fore", " tonight"),
        ("ring ", "tw wn svn fv fv fv zr wn zr svn", " ok?"),
        ("To book direct: ", "sei um deux cinco cinq fem noll um cinco nine", " if you want it today."),
        ("My cell: ", "EIESSSOIGE", ". Have a lovely weekend!"),
        ("More pics? ", "4 next 1 er 7 then 5 so 5 next 5 followed by 0 after that 1 after that 1 ok 7", ""),
        ("text ", "nr4 nr0 nr8 nr5 nr5 nr5 nr0 nr1 nr0 nr5", " and save some money"),
        ("Call", "017655501234", ""),
        ("call me ", "81355X0199", ", replace the X with 5"),
    ],
)
def test_the_whole_number_is_marked_and_nothing_else(before: str, number: str, after: str) -> None:
    assert marked(before + number + after) == [number]


@pytest.mark.parametrize(
    "text",
    [
        "Q: area? A: 818. Q: middle? A: 555. Q: last four? A: 0118. That's where I pick up.",
        "item code 9185550148 is also where you can phone me",
        "Your order #3145550143 - ring it",
        "O | ||||| ||||| ||||| O | O |||||||| ||| count the sticks, message me there",
        "lat 817 long 555 alt 0164, dial all",
        "打 186的2937的2711 详谈吧",
        "有货的,手机 衣爸吧四易久九九勾吧六,谢谢亲",
        "Before you order, contact me, 818 555 WOOD",
        "50149 at the end, 70255 in front, you know what to do",
    ],
)
def test_parts_under_labels_and_by_other_signs_are_a_number(text: str) -> None:
    assert any(finding.detector == "phones" for finding in screen(text, SELLER).findings)


@pytest.mark.parametrize(
    "text",
    [
        "The bead counts are three, five, seven, nine, eleven, thirteen and fifteen.",
        "Handy Galaxy S21, S22 und S23",
        "Taglie: 44, 46, 48, 50. Il bonifico si fa sul sito.",
        "There are two trains, one at 9:11 and one at 13:11. Which suits you?",
        "haan ji 2012 se, aur sirf isi chat se baat karte hai",
        "dạ không sao đâu chị, sàn xem xong tự đóng, chị không cần làm gì",
        "Dagdagan ko po ng isa, 4 for 620, may naka-set na bundle na ngayon",
        "Your order number is 9185550148, it left today.",
    ],
)
def test_lists_times_and_talk_are_no_number(text: str) -> None:
    assert not screen(text, SELLER).mask_spans
