"""Writes telephone numbers, links, mail addresses and keywords in the ways people disguise them.

    python -m bench.detect.disguises [--kind phones|links|keywords] [--per-family N] [--seed N]

prints JSON lines in the corpus format, so that ``manage.py evaluate_detection`` and any other tool can be
measured on
them. Numbers come from the range kept for fiction (555-01xx), hosts from reserved names.
"""

import argparse
import base64
import json
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Disguise = Callable[[str, random.Random], str]

_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SPANISH = ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve")
_ODD_WORDS = ("zer0", "wun", "twooo", "thre", "f0ur", "f1ve", "siks", "sevn", "e1ght", "nyne")
_ROMAN = ("0", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
_BRAILLE = "⠚⠁⠃⠉⠙⠑⠋⠛⠓⠊"
_DUTCH = ("nul", "een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen")
_PINYIN = ("ling", "yi", "er", "san", "si", "wu", "liu", "qi", "ba", "jiu")
_GERMAN = ("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun")
_GERMAN_TENS = ("zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig")
_SWAHILI = ("sifuri", "moja", "mbili", "tatu", "nne", "tano", "sita", "saba", "nane", "tisa")
_POLISH = ("zero", "jeden", "dwa", "trzy", "cztery", "pięć", "sześć", "siedem", "osiem", "dziewięć")
_HALF_WORDS = ("0ero", "1ne", "2wo", "3ree", "4our", "5ive", "6ix", "7ven", "8ght", "9ine")
_DICE = " ⚀⚁⚂⚃⚄⚅"
_TURNED_FIGURES = str.maketrans("0123456789", "0ƖᄅƐㄣϛ9ㄥ86")
_SHIFTED = str.maketrans("0123456789", ")!@#$%^&*(")
_THINGS = ("lamps", "mugs", "bowls", "pots", "jugs", "urns", "trays", "vases", "plates", "tiles")
_HOMOPHONES = ("oh", "won", "too", "tree", "for", "fife", "sicks", "seven", "ate", "nine")
_LOOK_LIKE_DIGITS = str.maketrans("0158", "OISB")
_DOUBLY_CIRCLED = "⓪⓵⓶⓷⓸⓹⓺⓻⓼⓽"
_CHINESE = "零一二三四五六七八九"
_ARABIC = "٠١٢٣٤٥٦٧٨٩"
_DEVANAGARI = "०१२३४५६७८९"
_CIRCLED = "⓪①②③④⑤⑥⑦⑧⑨"
_MATH = "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"
_HOMOGLYPHS = str.maketrans("aceopxyi", "асеорхуі")
_LEET = str.maketrans("aeiost", "4310$7")
_LEET_OTHER = str.maketrans("aeiolst", "@3!0|57")
_LEET_BOTH = str.maketrans("aeiolst", "4310157")
_STROKES = str.maketrans({"w": "\\/\\/", "v": "\\/", "m": "|\\/|", "n": "|\\|", "h": "|-|", "k": "|<"})
_ALPHABET = [
    "alpha",
    "bravo",
    "charlie",
    "delta",
    "echo",
    "foxtrot",
    "golf",
    "hotel",
    "india",
    "juliett",
    "kilo",
    "lima",
    "mike",
    "november",
    "oscar",
    "papa",
    "quebec",
    "romeo",
    "sierra",
    "tango",
    "uniform",
    "victor",
    "whiskey",
    "xray",
    "yankee",
    "zulu",
]
_MORSE = [
    ".-",
    "-...",
    "-.-.",
    "-..",
    ".",
    "..-.",
    "--.",
    "....",
    "..",
    ".---",
    "-.-",
    ".-..",
    "--",
    "-.",
    "---",
    ".--.",
    "--.-",
    ".-.",
    "...",
    "-",
    "..-",
    "...-",
    ".--",
    "-..-",
    "-.--",
    "--..",
]
_CIRCLED_LETTERS = str.maketrans({chr(97 + n): chr(0x24D0 + n) for n in range(26)})
_SQUARED = str.maketrans({chr(97 + n): chr(0x1F170 + n) for n in range(26)})
_SMALL_CAPS = str.maketrans("abcdefghijklmnopqrtuvwyz", "ᴀʙᴄᴅᴇғɢʜɪᴊᴋʟᴍɴᴏᴘǫʀᴛᴜᴠᴡʏᴢ")
_MATH_LETTERS = str.maketrans({chr(97 + n): chr(0x1D41A + n) for n in range(26)})
_TURNED = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ɐqɔpǝɟƃɥᴉɾʞןɯuodbɹsʇnʌʍxʎz")
_NO_VOWELS = str.maketrans("", "", "aeiou")
_FULL_WIDTH = str.maketrans({chr(c): chr(c + 0xFEE0) for c in range(33, 127)})


def _grouped(digits: str) -> tuple[str, str, str]:
    return digits[:3], digits[3:6], digits[6:]


def _spell(digits: str, words: tuple[str, ...] | str, glue: str = " ") -> str:
    return glue.join(words[int(digit)] for digit in digits)


def _mixed_words(digits: str, rng: random.Random) -> str:
    return " ".join(_WORDS[int(d)] if rng.random() < 0.5 else d for d in digits)


def _letters(digits: str, rng: random.Random) -> str:
    swaps = {"0": "oO", "1": "lI", "5": "S", "2": "Z", "8": "B"}
    text = "".join(rng.choice(swaps[d]) if d in swaps and rng.random() < 0.5 else d for d in digits)
    return "-".join(_grouped(text))


PHONES: dict[str, Disguise] = {
    "plain": lambda d, _: "-".join(_grouped(d)),
    "parentheses": lambda d, _: "({}) {}-{}".format(*_grouped(d)),
    "bare": lambda d, _: d,
    "dotted": lambda d, _: ".".join(_grouped(d)),
    "international": lambda d, _: "+1 " + " ".join(_grouped(d)),
    "spaced": lambda d, _: " ".join(d),
    "dashed": lambda d, _: "-".join(d),
    "stars": lambda d, _: "*".join(d),
    "emoji_between": lambda d, rng: rng.choice("🌸⭐🔥").join(_grouped(d)),
    "full_width": lambda d, _: "".join(chr(0xFF10 + int(c)) for c in d),
    "circled": lambda d, _: "".join(_CIRCLED[int(c)] for c in d),
    "key_caps": lambda d, _: "".join(c + "\ufe0f\u20e3" for c in d),
    "arabic_digits": lambda d, _: "".join(_ARABIC[int(c)] for c in d),
    "devanagari_digits": lambda d, _: "".join(_DEVANAGARI[int(c)] for c in d),
    "math_digits": lambda d, _: "".join(_MATH[int(c)] for c in d),
    "words": lambda d, _: _spell(d, _WORDS),
    "words_dashed": lambda d, _: _spell(d, _WORDS, "-"),
    "mixed_words": _mixed_words,
    "spanish_words": lambda d, _: _spell(d, _SPANISH),
    "chinese_numerals": lambda d, _: _spell(d, _CHINESE, ""),
    "letters": _letters,
    "zero_width": lambda d, _: "\u200b".join(d),
    "then": lambda d, _: " then ".join(_grouped(d)),
    "brackets": lambda d, _: "[{}][{}][{}]".format(*_grouped(d)),
    "slashes": lambda d, _: " / ".join(_grouped(d)),
    "glued_words": lambda d, _: _spell(d, _WORDS, ""),
    "misspelt_words": lambda d, _: _spell(d, _ODD_WORDS),
    "words_pulled_apart": lambda d, _: "   ".join(" ".join(_WORDS[int(c)]) for c in d),
    "words_in_lookalikes": lambda d, _: _spell(d, _WORDS).translate(_HOMOGLYPHS),
    "roman": lambda d, _: _spell(d, _ROMAN, "-"),
    "same_word_between": lambda d, rng: rng.choice((" lol ", " banana ", "zz")).join(_grouped(d)),
    "pipes": lambda d, _: "|".join(d),
    "doubly_circled": lambda d, _: _spell(d, _DOUBLY_CIRCLED, ""),
    "khmer_digits": lambda d, _: "".join(chr(0x17E0 + int(c)) for c in d),
    "marks": lambda d, _: "".join(f"{c}\u0301\u0336" for c in d),
    "line_by_line": lambda d, _: "\n".join(d),
    "references": lambda d, _: "".join(f"&#{ord(c)};" for c in d),
    "braille": lambda d, _: _spell(d, _BRAILLE, ""),
    "sums": lambda d, rng: " ".join(_sum(int(c), rng) for c in d),
    "differences": lambda d, rng: ", ".join(_difference(int(c), rng) for c in d),
    "dutch_words": lambda d, _: _spell(d, _DUTCH),
    "pinyin": lambda d, _: _spell(d, _PINYIN),
    "two_sentences": lambda d, _: f"the first half, {d[:5]}. Second half is {d[5:]}",
    "parts_told": lambda d, _: "area code {} and the rest is {} {}".format(*_grouped(d)),
    "read_backwards": lambda d, _: f"{d[::-1]} (backwards)",
    "homophones": lambda d, _: _spell(d, _HOMOPHONES),
    "starred_words": lambda d, rng: " ".join(_star(_WORDS[int(c)], rng) for c in d),
    "soft_hyphens": lambda d, _: "\u00ad".join(d),
    "german_pairs": lambda d, _: " ".join(_german(d[at : at + 2]) for at in range(0, len(d), 2)),
    "swahili_words": lambda d, _: _spell(d, _SWAHILI, ", "),
    "polish_words": lambda d, _: _spell(d, _POLISH, " / "),
    "one_letter_wrong": lambda d, rng: ", ".join(_wrong(_WORDS[int(c)], rng) for c in d),
    "figure_for_a_beginning": lambda d, _: _spell(d, _HALF_WORDS, "-"),
    "dice": lambda d, _: " ".join(_DICE[int(c)] if c in "123456" else c for c in d),
    "playing_cards": lambda d, _: "".join(chr(0x1F0A0 + (int(c) or 10)) for c in d),
    "program_escapes": lambda d, _: "".join(f"\\u{ord(c):04x}" for c in d),
    "four_bits": lambda d, _: " ".join(f"{int(c):04b}" for c in d),
    "upside_down": lambda d, _: d[::-1].translate(_TURNED_FIGURES),
    "signs_to_count": lambda d, rng: " ".join(_marks(int(c), sign) for sign in rng.choice("♥⭐●") for c in d),
    "above_the_figures": lambda d, _: d.translate(_SHIFTED) + " (no shift)",
    "letters_by_number": lambda d, _: "-".join("JABCDEFGHI"[int(c)] for c in d) + " with a=1 and j=0",
    "numbered_places": lambda d, _: " ".join(f"{at}) {c}" for at, c in enumerate(d, start=1)),
    "sums_in_words": lambda d, rng: ", ".join(_word_sum(int(c), rng) for c in d),
    "inside_a_word": lambda d, rng: rng.choice(("lamp{}oak{}desk{}", "a{}bb{}ccc{}")).format(*_grouped(d)),
    "low_lines": lambda d, _: f"{d[:4]}_{d[4:6]}_{d[6:8]}_{d[8:]}",
    "sentences_between": lambda d, _: f"area code {d[:3]}. We ship on Mondays. Then add {d[3:]}",
    "things_counted": lambda d, _: (
        ", ".join(f"{_WORDS[int(c)]} {thing}" for c, thing in zip(d, _THINGS, strict=True))
        + " (put them together)"
    ),
    "all_lookalikes": lambda d, _: "-".join(_grouped(d.translate(_LOOK_LIKE_DIGITS))),
}


def _german(pair: str) -> str:
    """Two figures as one German number: "43" is "dreiundvierzig"."""
    tens, ones = map(int, pair)
    if tens < 2:
        return " ".join(_GERMAN[int(figure)] for figure in pair)
    joined = f"{_GERMAN[ones].removesuffix('s') if ones == 1 else _GERMAN[ones]}und" if ones else ""
    return joined + _GERMAN_TENS[tens - 2]


def _wrong(word: str, rng: random.Random) -> str:
    """A word with two neighbouring letters exchanged, one of them twice, or the word itself."""
    at = rng.randrange(len(word) - 1)
    exchanged = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return rng.choice((exchanged, word[: at + 1] + word[at:], word))


def _marks(count: int, sign: str) -> str:
    return sign * count if count else "none"


def _word_sum(value: int, rng: random.Random) -> str:
    part = rng.randint(0, value)
    return f"{_WORDS[part]} plus {_WORDS[value - part]}" if rng.random() < 0.6 else _WORDS[value]


def _sum(value: int, rng: random.Random) -> str:
    part = rng.randint(0, value)
    return f"({part}+{value - part})"


def _difference(value: int, rng: random.Random) -> str:
    more = rng.randint(0, 9 - value)
    return f"{value + more}-{more}"


_PHONE_FRAMES = (
    "call me at {}",
    "text {} for quicker help",
    "my number is {} ok",
    "reach us on {} any time",
    "{} is my cell, ring after six",
)

LINKS: dict[str, Disguise] = {
    "plain": lambda h, _: h,
    "scheme": lambda h, _: f"https://{h}/sale",
    "www": lambda h, _: f"www.{h}",
    "hxxp": lambda h, _: f"hxxp://{h}",
    "bracket_dot": lambda h, _: h.replace(".", "[.]"),
    "round_dot": lambda h, _: h.replace(".", "(.)"),
    "word_dot": lambda h, _: h.replace(".", " dot "),
    "bracket_word": lambda h, _: h.replace(".", "(dot)"),
    "square_word": lambda h, _: h.replace(".", " [dot] "),
    "spanish_dot": lambda h, _: h.replace(".", " punto "),
    "spaced_dot": lambda h, _: h.replace(".", " . "),
    "space_after": lambda h, _: h.replace(".", ". "),
    "comma": lambda h, _: h.replace(".", ","),
    "full_width": lambda h, _: h.translate(_FULL_WIDTH),
    "ideographic_stop": lambda h, _: h.replace(".", "。"),
    "homoglyph": lambda h, _: h.translate(_HOMOGLYPHS),
    "zero_width": lambda h, _: h[:3] + "\u200b" + h[3:],
    "spaced": lambda h, _: " ".join(h),
    "upper": lambda h, _: h.upper(),
    "mail": lambda h, _: f"anna@{h}",
    "mail_words": lambda h, _: "anna at " + h.replace(".", " dot "),
    "mail_brackets": lambda h, _: "anna(at)" + h.replace(".", "(dot)"),
    "mail_spaced": lambda h, _: f"anna @ {h}",
    "mail_full_width": lambda h, _: f"anna＠{h}",
    "starred_dot": lambda h, _: h.replace(".", "*"),
    "picture_dot": lambda h, _: h.replace(".", "🔴"),
    "hyphened_words": lambda h, _: "anna-at-" + h.replace(".", "-dot-"),
    "percent_sign": lambda h, _: h.replace(".", "%2E"),
    "base64": lambda h, _: base64.b64encode(f"https://{h}".encode()).decode(),
    "provider_alone": lambda h, _: h.split(".")[0] + " at gmail",
    "mail_spanish": lambda h, _: "anna arroba " + h.replace(".", " punto "),
    "ellipsis": lambda h, _: h.replace(".", "…"),
    "no_dot": lambda h, _: h.replace(".", " "),
    "quoted_dot": lambda h, _: h.replace(".", ' "dot" '),
    "slashed_dot": lambda h, _: h.replace(".", "/dot/"),
    "capital_dot": lambda h, _: h.replace(".", "DOT"),
    "named_reference": lambda h, _: h.replace(".", "&period;"),
    "polish_dot": lambda h, _: h.replace(".", " kropka "),
    "ending_apart": lambda h, _: h.split(".")[0] + " dot " + " ".join(h.split(".")[1]),
    "right_to_left": lambda h, _: f"\u202e{h[::-1]}\u202c",
    "backwards": lambda h, _: f"{h[::-1]} (read it backwards)",
    "each_bracketed": lambda h, _: "[" + "][".join(h.split(".")) + "]",
    "slash_in_words": lambda h, _: h.replace(".", " dot ") + " slash sale",
    "dot_of_any_language": lambda h, rng: h.replace(".", f" {rng.choice(_DOT_WORDS)} "),
    "dot_of_any_language_wrapped": lambda h, rng: h.replace(".", f"({rng.choice(_DOT_WORDS)})"),
    "dot_between_dashes": lambda h, rng: h.replace(".", f" - {rng.choice(_DOT_WORDS)} - "),
    "dot_sign": lambda h, rng: h.replace(".", rng.choice(_DOT_SIGNS)),
    "dot_sign_spaced": lambda h, rng: h.replace(".", f" {rng.choice(_DOT_SIGNS)} "),
    "escaped_dot": lambda h, _: h.replace(".", "\\."),
    "odd_signs": lambda h, rng: h.replace(".", rng.choice((".:", "_._", "{.}", "`.`", "<.>"))),
    "gap_before_dot": lambda h, _: h.replace(".", " ."),
    "glued_dot": lambda h, rng: h.replace(".", rng.choice(("dot", "punto", "punkt", "kropka"))),
    "then_dot": lambda h, rng: h.replace(
        ".", rng.choice((", then dot, then ", " and then dot and ", " + dot + "))
    ),
    "numbered": lambda h, _: " ".join(
        f"{n}) {part}" for n, part in enumerate(h.replace(".", " dot ").split(), 1)
    ),
    "split_by_line": lambda h, _: h[: len(h) // 3] + "\n" + h[len(h) // 3 :],
    "letter_names": lambda h, _: " ".join(_LETTER_NAMES.get(c, "dot") for c in h),
    "turned": lambda h, _: h.replace(".", "\u02d9").translate(_TURNED)[::-1],
    "ending_told": lambda h, _: f"{h.split('.')[0]}, ending {h.split('.')[1]}",
    "typed_in_browser": lambda h, _: f"{h.split('.')[0]} and then {h.split('.')[1]}, type it in your browser",
    "searched_for": lambda h, _: f"google {h.split('.')[0]}, the first result is mine",
    "name_on_nickname": lambda h, rng: f"{rng.choice(_NICKNAMES)}: {h.split('.')[0]}_9",
    "name_before_nickname": lambda h, rng: f"{h.split('.')[0]}.x9 over on {rng.choice(_NICKNAMES)}",
    "bare_name_on_nickname": lambda h, rng: f"{rng.choice(_NICKNAMES)} = {h.split('.')[0]}",
    "name_by_letters": lambda h, rng: f"{rng.choice(_NICKNAMES)} - {' '.join(h.split('.')[0])}",
}
_DOT_WORDS = (
    "dot",
    "kropka",
    "titik",
    "nokta",
    "tečka",
    "точка",
    "てん",
    "점",
    "نقطة",
    "डॉट",
    "จุด",
    "נקודה",
    "点",
)
_DOT_SIGNS = ("•", "⸱", "◦", "∙", "⚫", "🔵", "⬤", "‧")
_NICKNAMES = ("insta", "twtr", "thrds", "инста", "카톡", "wapp", "tgram", "fbook")
_NAMES_OF_LETTERS = (
    "ay bee see dee ee eff gee aitch eye jay kay el em en oh pee cue ar ess tee you vee double-u ex why zee"
)
_LETTER_NAMES = dict(zip("abcdefghijklmnopqrstuvwxyz", _NAMES_OF_LETTERS.split(), strict=True))
_LINK_FRAMES = (
    "go to {} for the size chart",
    "details are at {} thanks",
    "send it to {} please",
    "{} has the catalogue",
    "have a look: {}",
)
_HOSTS = ("lampshop.com", "bluekettle.example", "oakandfern.net", "tinywagon.org", "mossgarden.test")

KEYWORDS: dict[str, Disguise] = {
    "plain": lambda w, _: w,
    "upper": lambda w, _: w.upper(),
    "leet": lambda w, _: w.translate(_LEET),
    "leet_other": lambda w, _: w.translate(_LEET_OTHER),
    "spaced": lambda w, _: " ".join(w.replace(" ", "")),
    "dotted": lambda w, _: ".".join(w.replace(" ", "")),
    "dashed": lambda w, _: "-".join(w.replace(" ", "")),
    "underscored": lambda w, _: "_".join(w.replace(" ", "")),
    "starred_between": lambda w, _: "*".join(w.replace(" ", "")),
    "repeated": lambda w, rng: "".join(c * rng.choice((1, 3)) for c in w) + w[-1],
    "homoglyph": lambda w, _: w.translate(_HOMOGLYPHS),
    "full_width": lambda w, _: w.replace(" ", "").translate(_FULL_WIDTH),
    "circled": lambda w, _: w.translate(_CIRCLED_LETTERS),
    "squared": lambda w, _: w.translate(_SQUARED),
    "small_caps": lambda w, _: w.translate(_SMALL_CAPS),
    "math": lambda w, _: w.translate(_MATH_LETTERS),
    "upside_down": lambda w, _: w.translate(_TURNED)[::-1],
    "reversed": lambda w, _: w[::-1],
    "zero_width": lambda w, _: "\u200b".join(w),
    "soft_hyphen": lambda w, _: "\u00ad".join(w),
    "accents": lambda w, _: "".join(c + "\u0301" if c in "aeiou" else c for c in w),
    "split_by_space": lambda w, _: (
        w.replace(" ", "")[: len(w) // 2] + " " + w.replace(" ", "")[len(w) // 2 :]
    ),
    "swapped_letters": lambda w, rng: _swap(w, rng),
    "dropped_letter": lambda w, rng: _drop(w, rng),
    "wildcard": lambda w, rng: _star(w, rng),
    "emoji_between": lambda w, _: "✨".join(w.replace(" ", "")),
    "two_stars": lambda w, _: w[:2] + "**" + w[4:],
    "no_vowels": lambda w, _: " ".join(part[0] + part[1:].translate(_NO_VOWELS) for part in w.split()),
    "doubled": lambda w, _: "".join(c * 2 for c in w),
    "line_by_line": lambda w, _: "\n".join(w.replace(" ", "")),
    "regional": lambda w, _: " ".join(chr(0x1F1E6 + ord(c) - 97) for c in w.replace(" ", "")),
    "tags": lambda w, _: "".join(c + "\U000e0061" for c in w),
    "web_tags": lambda w, _: w[:2] + "<b></b>" + w[2:],
    "letter_between": lambda w, _: "x".join(w.replace(" ", "")),
    "strokes": lambda w, _: w.translate(_STROKES),
    "both_leet_readings": lambda w, _: w.translate(_LEET_BOTH),
    "alphabet_words": lambda w, _: " ".join(_ALPHABET[ord(c) - 97] for c in w if c != " "),
    "morse": lambda w, _: " ".join(_MORSE[ord(c) - 97] for c in w if c != " "),
    "pig_latin": lambda w, _: w[1:] + w[0] + "ay",
    "figures_after": lambda w, _: w + "77",
}
_KEYWORD_FRAMES = (
    "add me on {} for faster replies",
    "find us on {}, same name",
    "message me on {} please",
    "just write to us on {}",
)
_PAY_FRAMES = (
    "pay me with {} and save 10%",
    "send it by {} instead, cheaper",
    "pay through {} and I ship today",
)
_NAMES = ("whatsapp", "telegram", "instagram", "facebook", "wechat", "viber", "snapchat", "discord")
_PAY_NAMES = ("paypal", "venmo", "zelle", "cash app", "western union", "bitcoin", "revolut")


def _swap(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word) - 2)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _drop(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word) - 1)
    return word[:at] + word[at + 1 :]


def _star(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word) - 1)
    return word[:at] + "*" + word[at + 1 :]


@dataclass(frozen=True, slots=True)
class Sample:
    """One disguised text and what it hides."""

    kind: str
    family: str
    text: str
    label: str


def samples(kind: str, *, per_family: int, seed: int = 7) -> Iterator[Sample]:
    """``per_family`` texts of each family of a kind; the same seed gives the same texts."""
    rng = random.Random(f"{kind}-{seed}")
    families = {"phones": PHONES, "links": LINKS, "keywords": KEYWORDS}[kind]
    for family, disguise in families.items():
        for _ in range(per_family):
            if kind == "phones":
                digits = f"{rng.randint(201, 989)}555{rng.randint(100, 199):04d}"
                yield Sample(
                    kind, family, rng.choice(_PHONE_FRAMES).format(disguise(digits, rng)), "contact_redirect"
                )
            elif kind == "links":
                host = rng.choice(_HOSTS)
                yield Sample(
                    kind, family, rng.choice(_LINK_FRAMES).format(disguise(host, rng)), "contact_redirect"
                )
            elif rng.random() < 0.5:
                name = rng.choice(_NAMES)
                text = rng.choice(_KEYWORD_FRAMES).format(disguise(name, rng))
                yield Sample(kind, family, text, "contact_redirect")
            else:
                name = rng.choice(_PAY_NAMES)
                text = rng.choice(_PAY_FRAMES).format(disguise(name, rng))
                yield Sample(kind, family, text, "diverting_transactions")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=("phones", "links", "keywords"), default="phones")
    parser.add_argument("--per-family", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    for number, sample in enumerate(
        samples(arguments.kind, per_family=arguments.per_family, seed=arguments.seed)
    ):
        row = {
            "id": f"{sample.kind}-{number}",
            "sender": "seller",
            "text": sample.text,
            "label": sample.label,
            "also": ["contact_redirect", "diverting_transactions"],
            "function": f"{sample.kind}-{sample.family}",
            "lang": "en",
        }
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
