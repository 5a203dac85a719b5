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
        ("call me on ", "z3r0 $3v3n $3v3n z3r0 z3r0 n!n3 z3r0 z3r0 7hr33 f0ur n!n3", ""),
        ("call me on ", "orez neves orez eno neves ruof orez xis neves", ""),
        ("여기로 연락주세요 ", "ㅇㅣ칠ㅣ삼9이ㅇㅇ69", ""),
        ("תתקשר אליי ", "0 ו ג ט ט ח ט ח א א", ""),
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
        "还在的,联系我 灵溜伞久久爸溜妻柳雾 便宜点",
        "print(''.join(['070','174','06','84']))",
        "my number MDc3MDA5MDA2MjQ= ok",
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
        "Handmade • Co-created • Shop",
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


def test_a_card_between_signs_that_part_nothing_else_is_an_account() -> None:
    text = "tarjeta 4000/0090/7156/9667"
    assert marked(text) == ["4000/0090/7156/9667"]
    assert not screen("serial 4000-0090-7156-9667", SELLER).findings


def test_letters_in_brackets_and_moved_letters_are_read() -> None:
    assert marked("see ⒨⒜⒫⒧⒠⒟⒠⒮⒦.⒭⒰ for more") == ["⒨⒜⒫⒧⒠⒟⒠⒮⒦.⒭⒰"]
    assert marked("more at abeqvpfubr.vasb rot13") == ["abeqvpfubr.vasb"]


@pytest.mark.parametrize(
    "text",
    [
        "The puzzle counts one two three four five six seven eight nine ten on its blocks.",
        "一二三四五六七八九十这套数字积木都有。",
        "일이삼사오육칠팔구 숫자 블록입니다.",
    ],
)
def test_counting_to_ten_is_no_number(text):
    assert not screen(text, SELLER).findings
