"""Hosts whose dot is a word, a sign or a gap, and what only looks like one."""

import pytest

from compliance.engine.context import Context
from compliance.engine.pipeline import screen

SELLER = Context(sender="seller", platform_hosts=frozenset({"parley.example"}))


def _links(text: str, context: Context = SELLER) -> list[str]:
    found = screen(text, context).findings
    return [finding.matched for finding in found if finding.rule in ("web_address", "email_address")]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Everything is on willowspoon - titik - id, kak", "willowspoon - titik - id"),
        ("Zamów na willowspoon (kropka) pl", "willowspoon (kropka) pl"),
        ("Vse na willowspoon точка ru", "willowspoon точка ru"),
        ("詳しくは willowspoon てん jp まで", "willowspoon てん jp"),
        ("Scrivimi su willowspoon-punto-it", "willowspoon-punto-it"),
        ("all on willowspoon⚫store", "willowspoon⚫store"),
        ("willowspoon⸱me has them all", "willowspoon⸱me"),
        ("look at willowspoon\\.us tonight", "willowspoon\\.us"),
        ('look at willowspoon"."co"."uk tonight', 'willowspoon"."co"."uk'),
        ("look at willowspoon .studio tonight", "willowspoon .studio"),
        ("look at willowspoondotio tonight", "willowspoondotio"),
        ("willowspoon\u3002\uff43\uff4f\uff4d is mine", "willowspoon\u3002\uff43\uff4f\uff4d"),
        ("double-u ay why gee dot see oh em has it", "double-u ay why gee dot see oh em"),
        ("no fees through ld˙uoodsʍollᴉʍ upside down", "ld˙uoodsʍollᴉʍ"),
        ("have a look at willowsp\noon.me when you can", "willowsp\noon.me"),
    ],
)
def test_a_host_is_found_and_marked_whole_whatever_stands_for_its_dot(text: str, place: str) -> None:
    assert _links(text) == [place]


@pytest.mark.parametrize(
    "text",
    [
        "Love it.Info was clear.Shop again soon.",
        "That is the point me and my sister made",
        "It took a while ⚫ online and offline",
        "font: Amatic_SC_Bold",
        "It dries slowly...in a week it is done",
        "so glad.me too",
        "oh I see, why are you on the tee",
        "I packed it already.so it leaves today",
        "Full stop. In the end it arrived",
        "El anillo está a punto de salir",
        "Es kommt auf den Punkt an",
        "Glad you like it🙂is it the right size?",
        "[photo], (de) and [photo]",
        "Track it at royalmail (dot) com",
    ],
)
def test_what_is_no_host_is_left_alone(text: str) -> None:
    assert _links(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "my site is willowspoon, and then dot, and then com",
        "1) willowspoon 2) dot 3) store",
        "Meine Seite ist willowspoon mit der deutschen Endung",
        "Cherchez willowspoon sur google, c'est notre boutique",
        "набери willowspoon в гугле, это мой сайт",
        "digite willowspoon no navegador, com o final de sempre",
    ],
)
def test_a_host_told_in_words_is_found(text: str) -> None:
    assert _links(text)


@pytest.mark.parametrize(
    "text",
    [
        "Can I top-up my google pay?",
        "Search our shop for blue mugs, the first one is mine",
        "Our site is down today, try the app",
        "Type your name and then the engraving text",
        "The ending of the chain is a lobster clasp",
    ],
)
def test_talk_of_sites_and_searching_is_no_host(text: str) -> None:
    assert _links(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("insta: willowspoon", "willowspoon"),
        ("find me as willow_spoon over on twtr", "willow_spoon"),
        ("willowspoon / threads", "willowspoon"),
        ("wapp = willowspoon", "willowspoon"),
        ("инста willow.spoon12", "willow.spoon12"),
        ("카톡 - w i l l o w . s p o o n", "w i l l o w . s p o o n"),
        ("insta willow underscore spoon", "willow underscore spoon"),
        ("willow.spoon9 on all the socials", "willow.spoon9"),
        ("QQ = 814733000", "814733000"),
    ],
)
def test_a_user_name_beside_a_network_or_its_nickname_is_found(text: str, name: str) -> None:
    findings = screen(text, SELLER).findings
    assert name in [finding.matched for finding in findings if finding.detector == "handles"]


@pytest.mark.parametrize(
    "text",
    [
        "my wife's coeliac, really coeliac, not instagram coeliac",
        "Sewn with threads: merino and silk",
        "The line 12_a on the plan is the fold",
        "Стикеры с телеграм-котами, лист А5",
        "A signal-red ribbon and a snap/button",
    ],
)
def test_what_stands_beside_a_network_by_chance_is_no_user_name(text: str) -> None:
    assert not [f for f in screen(text, SELLER).findings if f.detector == "handles"]


@pytest.mark.parametrize("text", ["parley (dot) example", "parley⚫example", "parley dot example/orders"])
def test_the_platform_stays_allowed_in_every_disguise(text: str) -> None:
    assert _links(text) == []


@pytest.mark.parametrize(
    "text", ["ana.pots(et)willow.de", "ana.pots kukac willowspoon.hu", "ana.pots🐌willowspoon.me"]
)
def test_a_mail_address_is_marked_with_its_user(text: str) -> None:
    found = screen(f"write to {text} please", SELLER).findings
    assert [(finding.rule, finding.matched) for finding in found] == [("email_address", text)]


@pytest.mark.parametrize(
    "piece", ["dot ", "a⚫", ".-", "punto-", "a.\n", "dotcom", "⚫com ", "a dot b ", "' + '.' + '"]
)
def test_long_texts_of_separators_are_read_in_linear_time(piece: str) -> None:
    assert screen(piece * (100_000 // len(piece)), SELLER) is not None


def test_the_mask_of_a_host_of_letters_set_apart_begins_with_the_first():
    text = "see l a m p . e x a m p l e now"
    (found,) = screen(text, SELLER).findings
    assert text[found.start : found.end] == "l a m p . e x a m p l e"
