"""Hosts, links and wallets in pieces, in codes, in other scripts or under a key are found and masked."""

import pytest

from compliance.engine.context import Context
from compliance.engine.pipeline import screen

SELLER = Context(sender="seller")


@pytest.mark.parametrize(
    "text, hidden",
    [
        ("see wwwlampshopde for more", "wwwlampshopde"),
        ("more at www-bluefernstudio-de today", "www-bluefernstudio-de"),
        ("look at 203 . 0 . 113 . 63 there", "203 . 0 . 113 . 63"),
        ("in the browser: 198,51,100,237", "198,51,100,237"),
        ("write to 192 dot 51 dot 100 dot 26 now", "192 dot 51 dot 100 dot 26"),
        ("open [2001:db8::ad8e:61ec] there", "2001:db8::ad8e:61ec"),
        ("cozy + bike + ru", "cozy + bike + ru"),
        ('url = "ambershoe" + "." + "com"', 'ambershoe" + "." + "com'),
        ('["quillshop","net"].join(".")', 'quillshop","net'),
        ('"tinybike" "it"', '"tinybike" "it"'),
        ("SALTYCRATE   FR", "SALTYCRATE   FR"),
        ("a[m]ber[k]nit[s](.)(o)nl[i](n)e", "a[m]ber[k]nit[s](.)(o)nl[i](n)e"),
        ("shop=norasmugs; tld=online", "norasmugs; tld=online"),
        ("| site | end |\n|---|---|\n| woolbarn | me |", "woolbarn | me"),
        ("d - r - i - f - t - g - l - a - s - s - dot - c - a", "d - r - i - f - t"),
        ("bri\U0001f337ghtkiln.online", "bri\U0001f337ghtkiln.online"),
        ("nordicdesk ドットコム", "nordicdesk ドットコム"),
        ("лампыдешево。рф", "лампыдешево。рф"),
        ("greengarage.5hop", "greengarage.5hop"),
        ("bana yaz t me tom_wood", "t me tom_wood"),
        ("wa,me/12125550162", "wa,me/12125550162"),
        ("bit ly then lamps2024", "bit ly then lamps2024"),
        ("meet . google . com / abc-defg-hij", "meet . google . com / abc-defg-hij"),
        ("61 6d 62 65 72 62 61 7a 61 61 72 2e 72 75", "61 6d 62 65"),
        ("01101100 01100001 01101101 01110000 00101110 01100011 01101111 01101101", "01101100"),
        ("118 101 108 118 101 116 109 111 116 104 46 105 116", "118 101 108"),
        ("contact 2-18-1-19-19-dot-3-15-13", "2-18-1-19-19-dot-3-15-13"),
        (".-.. .- -- .--. ... .-.-.- -.-. --- --", ".-.. .- --"),
        ("дгтфквуфдыюсщь", "дгтфквуфдыюсщь"),
        ("копперсторе точка орг", "копперсторе точка орг"),
        ("エー・ビー・シー・エル・エー・ドット・アイ・オー", "エー・ビー・シー"),
        ("vscbompgu27.jogp (one letter back each)", "vscbompgu27.jogp"),
        ("urbNOSPAManpaNOSPAMrts.com remove NOSPAM", "NOSPAM"),
        ("Replace ß with . in oakspoonßcom", "oakspoonßcom"),
        ("bc1q 0rcu3n2r cadgqk cdmqau 5q0wh5 h87kqf lsgtr3", "bc1q 0rcu3n2r"),
    ],
)
def test_a_host_written_by_other_means_is_masked(text, hidden):
    result = screen(text, SELLER)
    start = text.index(hidden)
    assert any(first < start + len(hidden) and start < last for first, last in result.mask_spans), result


@pytest.mark.parametrize(
    "text",
    [
        "wwwow, what a colour",
        "linen + cotton + wool",
        "red + blue + pro set",
        '"small" "it" is',
        "10:30:45 and 11:20:10",
        "Sizes 36 37 38 39 40 41 42 43 44",
        "The second part is the lid.",
        "bit late today, sorry",
        "it is good to meet you",
        "t-shirt for me, size 44",
        "Please remove the label before washing, remove the pins too",
        "without sugar, without salt",
        "HS 8512.10, origin Vietnam",
        "Rooms: 1-2-3-4-5-6, doors 7-8",
        "Зеленая точка на карте",
        "Working temperature 30 35 40 45 50 55 60 65 degrees",
        "model bc12 and TC1234 in stock 2024",
    ],
)
def test_what_only_resembles_it_is_left_alone(text):
    assert not screen(text, SELLER).mask_spans


@pytest.mark.parametrize(
    "piece",
    ["www", "a + ", "[a]", '"ab" ', "1-", "d - ", "bc1 ", "30 37 ", "01010101 ", "т м ", "T1a ", "ß", "a:b;"],
)
def test_long_texts_of_such_pieces_end(piece):
    assert screen((piece + " remove it, dot, tld, t me ") * 3_000, SELLER).ruleset


@pytest.mark.parametrize(
    "text",
    [
        "jane dot doe at gmail",
        "jane underscore doe at gmail dot com",
        "jane_doe underscore 4 (at) proton dot me",
        "mikawool arroba mossandclay.com",
    ],
)
def test_the_whole_name_before_the_at_sign_is_masked(text):
    assert screen(f"write to {text}", SELLER).mask_spans == ((9, 9 + len(text)),)
