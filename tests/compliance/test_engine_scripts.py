"""Telling words written by means of a script are read; ordinary words of the same sound or look are not."""

import unicodedata

import pytest

from compliance.engine.context import Context
from compliance.engine.pipeline import scan_batch, screen
from compliance.engine.scripts import respelt

SELLER = Context(sender="seller")


def read(text: str) -> list[tuple[str, str]]:
    return [(text[one.start : one.end], one.word) for one in respelt(text)]


@pytest.mark.parametrize(
    ("text", "written", "word"),
    [
        ("请zhuan zhang给我", "zhuan zhang", "转账"),
        ("wēixìn可以吗", "wēixìn", "微信"),
        ("走支fu宝吧", "支fu宝", "支付宝"),
        ("用吱夫宝", "吱夫宝", "支付宝"),
        ("留个店话号马", "店话号马", "电话号码"),
        ("先娶消钉单", "娶消钉单", "取消订单"),
        ("给5🌟好平", "5🌟好平", "五星好评"),
        ("禾厶下交易吧", "禾厶下交易", "私下交易"),
        ("微亻言聊", "微亻言", "微信"),
        ("请发yhk号", "yhk号", "银行卡号"),
        ("请先取消訂單", "取消訂單", "取消订单"),
        ("V❤聊", "V❤", "微信"),
    ],
)
def test_chinese_words_are_read_by_sound_parts_and_initials(text: str, written: str, word: str) -> None:
    assert (written, word) in read(text)


@pytest.mark.parametrize(
    "text",
    [
        "卫星电视的信号很好",
        "他在村里很有威信",
        "这个品牌的知名度很高，请放心购买",
        "我請你先看看訂單的狀態",
        "麻将桌噪音大吗？",
        "收件人写我妈妈的名字就好",
        "模特图都打码了",
        "我们家猫很喜欢这个玩具",
        "XL大码专区，V领的话显脸小",
    ],
)
def test_ordinary_chinese_words_are_left_alone(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    ("text", "written", "word"),
    [
        ("ㅋㅏㅌㅗㄱ으로 주세요", "ㅋㅏㅌㅗㄱ", "카톡"),
        ("ㅈㅓㄴㅎㅘㅂㅓㄴㅎㅗ 알려주세요", "ㅈㅓㄴㅎㅘㅂㅓㄴㅎㅗ", "전화번호"),
        ("ㄱㅈㅇㅊ 가능해요", "ㄱㅈㅇㅊ", "계좌이체"),
        ("ㅌㄹ그램 있어요", "ㅌㄹ그램", "텔레그램"),
        ("ㅋr톡 주세요", "ㅋr톡", "카톡"),
        ("궈ㄴ총 있어요", "궈ㄴ총", "권총"),
        ("직5거5래 해요", "직5거5래", "직거래"),
        ("젼화번ㅎㅗ 주세요", "젼화번ㅎㅗ", "전화번호"),
        ("네밀번호 주세요", "네밀번호", "비밀번호"),
        ("주믄츄소로 주세요", "주믄츄소", "주문취소"),
        (f"{unicodedata.normalize('NFD', '도박')} 가능해요", unicodedata.normalize("NFD", "도박"), "도박"),
    ],
)
def test_korean_words_are_read_in_letters_initials_and_by_sound(text: str, written: str, word: str) -> None:
    assert (written, word) in read(text)


@pytest.mark.parametrize(
    "text",
    [
        "ㅋㅋㅋ 감사합니다 ㅎㅎ",
        "ㅋㅋ 오늘 도착했어요",
        "넵 ㅇㅋ ㄱㅅㄱㅅ",
        "아인슈타인 머그컵 있나요",
        "가독성이 좋아요",
        "2번 3번 다 주세요",
    ],
)
def test_korean_laughter_and_ordinary_words_are_left_alone(text: str) -> None:
    assert read(text) == []


def test_a_text_whose_syllables_all_come_in_parts_hides_nothing() -> None:
    assert all(one.is_slip for one in respelt(unicodedata.normalize("NFD", "계좌이체 가능해요")))


@pytest.mark.parametrize(
    ("text", "written", "word"),
    [
        ("らいんで連絡してください", "らいん", "ライン"),
        ("ぺいぺいできますか", "ぺいぺい", "ペイペイ"),
        ("ﾗｲﾝでお願いします", "ﾗｲﾝ", "ライン"),
        ("インスタク゛ラムで", "インスタク゛ラム", "インスタグラム"),
        ("ライソでやりとりしましょう", "ライソ", "ライン"),
        ("注文をキャンセノレして", "キャンセノレ", "キャンセル"),
        ("パス〇ードを教えて", "パス〇ード", "パスワード"),
        ("でんわばんごうを教えて", "でんわばんごう", "電話番号"),
        ("ginkou furikomiできますか", "ginkou furikomi", "銀行振込"),
        ("rainで話しましょう", "rain", "ライン"),
    ],
)
def test_japanese_words_are_read_in_other_kana_and_latin_letters(text: str, written: str, word: str) -> None:
    assert (written, word) in read(text)


@pytest.mark.parametrize(
    "text",
    [
        "ガイドラインをご覧ください",
        "オンラインで買えます",
        "どのくらいんなりますか",
        "娘の名前が「らいん」です",
        "でんわでお願いします",
        "LINEスタンプではありません",
        "火曜日",
        "システムに支障があります",
    ],
)
def test_ordinary_japanese_words_are_left_alone(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    ("text", "written", "word"),
    [
        ("можно stavki ?", "stavki", "ставки"),
        ("есть otmenite zakaz", "otmenite zakaz", "отмените заказ"),
        ("καλύτερα kwdikos", "kwdikos", "κωδικος"),
        ("راسلني 8mar", "8mar", "قمار"),
        ("ممكن aldf3 5arj almw83", "aldf3 5arj almw83", "الدفع خارج الموقع"),
        ("gaanja पर आओ", "gaanja", "गांजा"),
        ("가능 gyejwa iche", "gyejwa iche", "계좌이체"),
        ("write me on ვოტსაპი", "ვოტსაპი", "whatsapp"),
        ("use վաթսափ", "վաթսափ", "whatsapp"),
        ("we use 와츠앱 now", "와츠앱", "whatsapp"),
        ("tu as вайбер ?", "вайбер", "viber"),
    ],
)
def test_words_in_another_script_than_their_text_are_read(text: str, written: str, word: str) -> None:
    (one,) = respelt(text)
    assert (text[one.start : one.end], one.word, one.is_slip) == (written, word, False)


@pytest.mark.parametrize(
    "text",
    [
        "Новая тактика: сигнал с датчика идёт через шлюз",
        "Отправлю через DPD, трек пришлю",
        "Το νέο μου email είναι έτοιμο, δεύτερη παραγγελία",
        "इसकी व्यवस्था हो जाएगी, racket भी है",
        "أحب being هنا with coffee",
        "The Greek letter σκάφη means boats",
    ],
)
def test_ordinary_words_beside_another_script_are_left_alone(text: str) -> None:
    assert [one for one in respelt(text) if not one.is_slip] == []


@pytest.mark.parametrize(
    ("text", "written", "word"),
    [
        ("ممكن ٺحۆیل ٻنكى", "ٺحۆیل ٻنكى", "تحويل بنكي"),
        ("عندي حساٮ ٮٮكي", "حساٮ ٮٮكي", "حساب بنكي"),
        ("عندي اِنّسُتُقَرَاْمِ", "اِنّسُتُقَرَاْمِ", "انستقرام"),
        ("có mat khau không", "mat khau", "mat khau"),
        ("ペ イ ペ イできますか", "ペ イ ペ イ", "ペイペイ"),
    ],
)
def test_words_with_other_marks_than_their_text_are_read(text: str, written: str, word: str) -> None:
    assert (written, word) in read(text)


@pytest.mark.parametrize(
    "text",
    [
        "لطفا شماره حساب را بررسی کنید، گل و پارچه",
        "السَّلامُ عَلَيْكُمْ ورحمة الله، كيف حالك",
        "Em gửi hàng hôm nay nhé, mat khau để sau".replace("mat khau", "mật khẩu"),
        "ヘアピン 赤 イヤリング 青",
    ],
)
def test_usual_letters_and_marks_hide_nothing(text: str) -> None:
    assert read(text) == []


def test_a_name_as_its_script_writes_it_hides_nothing() -> None:
    assert all(one.is_slip for one in respelt("пишите в вотсапп, отвечу"))


def test_the_place_is_marked_in_the_original_and_the_reason_says_what_was_read() -> None:
    text = "亲，先娶消钉单再说"
    (finding,) = screen(text, SELLER).findings
    assert "娶消钉单" in text[finding.start : finding.end]
    assert "娶消钉单" in finding.explanation
    assert "取消订单" in finding.explanation


def test_the_whole_scan_finds_them_too() -> None:
    texts = ["ㅋㅏㄷㅡㅂㅓㄴㅎㅗ 있어요", "可以shou ji hao"]
    assert all(result.findings for result in scan_batch([(text, SELLER) for text in texts]))
