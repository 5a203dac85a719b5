"""Telling words behind a riddle that the message explains: first letters, letters told one by one, letters to
leave out, to put in, to count or to bring in order.

All of this runs only where a word of the lexicon (``puzzle_hint``) tells how to read, but for lines whose
first letters make a term.
"""

import re
from collections.abc import Callable, Iterator

from compliance.engine.plays import played
from compliance.engine.text import fold, lookalike
from compliance.engine.wordbook import book, is_common

Piece = tuple[int, int, str]
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_LETTER = re.compile(r"[^\W\d_]")
_LONGEST_TERM = 26
_FEWEST, _FEWEST_LINES, _FEWEST_BARE = 4, 5, 3


def solved(text: str, *, is_hinted: bool) -> list[Piece]:
    """(start, end, term) of everything above; places in the text as it was written."""
    view = fold(text)
    steps: list[Callable[[str], Iterator[Piece]]] = [_lines]
    if is_hinted:
        steps += [
            _acrostics,
            _told_letters,
            _named_letters,
            _left_out,
            _filled_in,
            _turned_windows,
            _begun_and_ended,
        ]
    found = [piece for step in steps for piece in step(view.text)]
    if not found and is_hinted and (latin := lookalike(view)) is not None:
        found = [piece for step in (_left_out, _filled_in, _turned_windows) for piece in step(latin.text)]
    return [(*view.span(start, end), word) for start, end, word in found]


# ---- first letters ----

_LINE = re.compile(r"[^\n]+")
MAY_BE_LINES = re.compile(r"\n[^\n]{0,80}\n[^\n]{0,80}\n[^\n]{0,80}(?:\n|$)")


def _lines(text: str) -> Iterator[Piece]:
    """Lines whose first letters, from either end, make a term; letters alone on lines make short ones."""
    if not MAY_BE_LINES.search(text):
        return
    firsts = [
        (line.start() + first.start(), first.group())
        for line in _LINE.finditer(text)
        if (first := _LETTER.search(line.group()))
    ]
    is_bare = sum(
        len(_WORD.findall(line)) == 1 and len(_LETTER.findall(line)) == 1 for line in text.split("\n")
    )
    fewest = _FEWEST_BARE if is_bare >= _FEWEST_BARE else _FEWEST_LINES
    yield from _run_of(firsts, fewest)


def _run_of(letters: list[tuple[int, str]], fewest: int) -> Iterator[Piece]:
    """Terms among letters with their places, read on or back; the place is from the first to the last."""
    known = book().terms
    for row in (letters, letters[::-1]):
        shown = "".join(letter for _, letter in row)
        at = 0
        while at + fewest <= len(shown):
            for end in range(min(len(shown), at + _LONGEST_TERM), at + fewest - 1, -1):
                if shown[at:end] in known:
                    places = [place for place, _ in row[at:end]]
                    yield min(places), max(places) + 1, known[shown[at:end]]
                    at = end
                    break
            else:
                at += 1


_CAPITALS = re.compile(r"(?<![^\W_])[^\W\d_]")


def _acrostics(text: str) -> Iterator[Piece]:
    """First, second or last letters of words or sentences."""
    if not _BY_INITIALS.search(text):
        return
    words = [match for match in _WORD.finditer(text) if _LETTER.match(match.group())]
    yield from _run_of([(word.start(), word.group()[0]) for word in words], _FEWEST)
    if _OF_WORDS.search(text):
        long = [word for word in words if len(word.group()) > 1]
        yield from _run_of([(word.end() - 1, word.group()[-1]) for word in words], _FEWEST)
        yield from _run_of([(word.start() + 1, word.group()[1]) for word in long], _FEWEST)
        firsts = list(re.finditer(r"(?:^|[.!?\n]\s*)([^\W\d_])", text))
        yield from _run_of([(match.start(1), match[1]) for match in firsts], _FEWEST)


_BY_INITIALS = re.compile(
    r"(?:first|initial|1st|last|final|second|2nd|end|starting|beginning|capital|opening"
    r"|upper ?case) (?:letter|sign|char)|initials|capitals"
    r"|acrostic|primeras? letras?|primeiras? letras?|premieres? lettres?|prim[ae] letter[ae]"
    r"|anfangsbuchstaben|erste[nr]? buchstabe"
    r"|eerste letters|pierwsze litery|первые буквы|первым буквам|перші літери|bas harf|huruf (?:depan"
    r"|awal|pertama)|chu cai dau|mayusculas"
    r"|majuscules|maiuscole|maiusculas|grossbuchstaben|заглавн|首字|頭文字|첫글자|acronym"
)
_OF_WORDS = re.compile(
    r"last letter|final letter|second letter|2nd letter|each sentence|every sentence|end letter"
)


# ---- letters told one by one ----

_AS_IN = re.compile(
    r"(?<![^\W_])([^\W\d_])\s?(?:-|=|:)?\s?(?:as in|for|like|as|is for|wie|comme|come|como|de|di|van"
    r"|som|jak|как|gibi|seperti)\s"
    r"(?:in\s|the\s)?[\"'“]?(\1[^\W_]+)",
)
_AS_IN_RUN_GAP = 12


def _told_letters(text: str) -> Iterator[Piece]:
    """ "W as in whale, H for hat …", "W wie Wilhelm"."""
    found = list(_AS_IN.finditer(text))
    yield from _chained([(match.start(), match.end(), match[1]) for match in found])


def _chained(parts: list[tuple[int, int, str]]) -> Iterator[Piece]:
    """Terms told by letters that follow each other closely."""
    known = book().terms
    run: list[tuple[int, int, str]] = []
    for part in [*parts, (1 << 30, 1 << 30, "")]:
        if run and part[0] - run[-1][1] > _AS_IN_RUN_GAP:
            yield from _longest_in(run, known)
            run = []
        run.append(part)


def _longest_in(run: list[tuple[int, int, str]], known: dict[str, str]) -> Iterator[Piece]:
    first = 0
    while first + _FEWEST_BARE <= len(run):
        for last in range(len(run), first + _FEWEST_BARE - 1, -1):
            letters = "".join(letter for _, _, letter in run[first:last])
            if letters in known:
                yield run[first][0], run[last - 1][1], known[letters]
                first = last
                break
        else:
            first += 1


_ALPHABETS_OF_WORDS = """
alfa alpha bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november oscar
papa quebec
romeo sierra tango uniform victor whiskey whisky xray x-ray yankee zulu
able baker dog easy fox george how item jig king love nan oboe peter queen roger sugar tare uncle william
yoke zebra
adam boy david edward frank henry ida john lincoln mary nora ocean paul robert sam tom union young
anton berta casar dora emil friedrich gustav heinrich julius kaufmann konrad ludwig martha nordpol otto
paula quelle
richard samuel siegfried theodor ulrich viktor wilhelm xanthippe ypsilon zacharias zeppelin
anatole berthe celestin desire eugene francois gaston henri irma joseph kleber louis marcel nicolas oscar
pierre
quintal raoul suzanne therese ursule victor wagon xavier yvonne zoe
antonio barcelona carmen dolores enrique francia gerona historia ines jose lorenzo madrid navarra oviedo
paris querido
ramon sabado tarragona ulises valencia zaragoza
ancona bari bologna como domodossola empoli firenze genova imola jolly kappa livorno milano napoli otranto
palermo
quarto roma savona torino udine venezia washington xeres york yacht
анна борис василий григорий дмитрий елена женя зинаида иван константин леонид михаил николай ольга павел
роман семен
татьяна ульяна федор харитон цапля человек шура щука эхо юрий яков
"""
_NAMES_OF_LETTERS = """
a:ay a:eh a:ei b:bee b:be c:see c:cee c:ce d:dee d:de e:ee f:eff f:ef g:gee g:ge h:aitch h:haitch i:eye
j:jay k:kay k:ka l:el l:ell
m:em n:en o:oh p:pee p:pe q:cue q:queue q:cu q:ku r:are r:ar s:ess s:es t:tee t:te u:you u:yew v:vee v:ve
w:double-u w:doubleu
w:double-you w:doubleyou x:ex y:why y:wye z:zee z:zed
h:hache f:efe j:jota l:ele m:eme n:ene r:ere r:erre s:ese v:uve w:dobleu w:doble-u w:uve-doble w:doble-ve
x:equis y:ye
y:i-griega z:zeta p:pe t:te u:u
h:ha j:jott l:ell m:emm n:enn r:err s:ess v:vau w:we w:weh x:iks x:ix y:ypsilon z:zett c:tse
h:ache w:double-ve w:doublev x:iks y:igrec y:i-grec z:zede q:qu
h:aga j:jota l:ele m:eme n:ene r:erre s:esse w:dabliu w:dablio x:xis y:ipsilon z:ze
b:bi c:ci d:di f:effe g:gi h:acca l:elle m:emme n:enne p:pi q:cu r:erre s:esse t:ti v:vi v:vu w:doppia-vu
w:doppiavu x:ics
б:бэ в:вэ г:гэ д:дэ ж:жэ з:зэ к:ка л:эль л:эл м:эм н:эн п:пэ р:эр с:эс т:тэ ф:эф х:ха ц:цэ ч:че ш:ша щ:ща
"""
_OF_NAMES: dict[str, str] = {}
_SPELLERS = frozenset(_ALPHABETS_OF_WORDS.split())


def _letters_by_name() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for pair in _NAMES_OF_LETTERS.split():
        table.setdefault(pair[2:], set()).add(pair[0])
    for word in _SPELLERS:
        table.setdefault(word, set()).add(word[0])
    return {name: frozenset(letters) for name, letters in table.items()}


_LETTERS_BY_NAME = _letters_by_name()
_LONGEST_NAME = 14
_SPELLED_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_SKIPPED = frozenset(["space", "blank", "gap", "espacio", "leerzeichen", "espace", "espaco", "spazio"])
_FEWEST_NAMED = 4


def _named_letters(text: str) -> Iterator[Piece]:
    """Letters by their names or by the words of a spelling alphabet: "doble u hache", "whiskey hotel"."""
    tokens = list(_SPELLED_WORD.finditer(text))
    place = 0
    while place < len(tokens):
        found = _spelled_from(tokens, place)
        if found is None:
            place += 1
            continue
        last, word = found
        yield tokens[place].start(), tokens[last].end(), word
        place = last + 1


def _spelled_from(tokens: list[re.Match[str]], first: int) -> tuple[int, str] | None:
    """The longest term that the names from here spell, and its last token."""
    known = book()
    states = {""}
    best: tuple[int, str] | None = None
    place, count = first, 0
    while place < len(tokens) and states and count < _LONGEST_TERM:
        name = tokens[place].group()
        pair = f"{name}-{tokens[place + 1].group()}" if place + 1 < len(tokens) else ""
        if name in _SKIPPED and count:
            place += 1
            continue
        if pair in _LETTERS_BY_NAME:
            letters, taken = _LETTERS_BY_NAME[pair], 2
        elif name in _LETTERS_BY_NAME:
            letters, taken = _LETTERS_BY_NAME[name], 1
        elif len(name) == 1:
            letters, taken = frozenset(name), 1
        else:
            break
        states = {state + letter for state in states for letter in letters}
        states = {state for state in states if len(state) < 2 or state in known.heads or state in known.terms}
        place, count = place + taken, count + 1
        whole = next((state for state in states if state in known.terms), None)
        if whole is not None and count >= _FEWEST_NAMED:
            best = place - 1, known.terms[whole]
    return best


# ---- letters to leave out or to put in ----

_WITHOUT = re.compile(
    r"(?<![^\W_])(?:minus|without|remove|drop|delete|ignore|skip|erase|take out|take away|leave out"
    r"|no|ohne|sin|sans|senza|sem"
    r"|без|убери\w*|убрать|quitar?|quita|enleve|retire|zonder|bez|tanpa|hapus|utan|fara|togli|tira|streiche?|weg|delete)\s"
    r"(?:all |every |the |each |any |las? |los |les |el |todas |alle |das |die |den |toutes |i |as |os "
    r"|letras? |letters? |signs? "
    r"|buchstaben? |lettres? |lettere? |буквы? |symbols? |extra "
    r"|junk )*[\"'“(\[]?([^\s\"'”)\].,]{1,4})(?![^\s\"'”)\].,!?])"
)
_TOKEN = re.compile(r"\S+")
_MOST_ASKED = 20  # that a message says to leave out
_EDGES = "\"'“”.,!?()[]«»:;"


def _left_out(text: str) -> Iterator[Piece]:
    """ "paQQyQQpal minus QQ": what is left of a word without what the text names."""
    windows: list[tuple[int, int, str]] | None = None
    left: dict[str, list[Piece]] = {}
    for named in _WITHOUT.finditer(text):
        junk = named[1]
        if junk.endswith("s") and len(junk) == 2:
            junk = junk[0]
        if junk not in left:
            if len(left) == _MOST_ASKED:
                return
            windows = list(_windows(text, 3)) if windows is None else windows
            left[junk] = list(_left_of(windows, junk))
        yield from (piece for piece in left[junk] if not piece[0] <= named.start(1) < piece[1])


def _left_of(windows: list[tuple[int, int, str]], junk: str) -> Iterator[Piece]:
    known = book()
    for first, last, shown in windows:
        if junk in shown:
            letters = "".join(filter(str.isalnum, shown.replace(junk, "")))
            if (
                letters in known.terms
                and len(letters) >= _FEWEST_BARE
                and letters not in known.words - {letters}
            ):
                yield first, last, known.terms[letters]


_FILL = re.compile(
    r"blank|missing letter|letter (?:is )?missing|fill in|(?:_|\*|#|\?|\d)\s?(?:=|is|stands for|->"
    r"|means)\s?[a-z](?![^\W_])|with an? [a-z](?![^\W_])"
    r"|instead of (?:the |a )?[^\s]{1,3}(?!\S)|fehlt|falta|manque|manca|пропущ|вместо"
)
_WILD = re.compile(r"[_*#?%&@$•○〇]|(?<=[^\W\d_])\d(?=[^\W\d_])|(?<![^\s])\d(?=[^\W\d_]{2})")


def _filled_in(text: str) -> Iterator[Piece]:
    """ "po_a serwisem (blank = z)", "whats4pp but with an a"."""
    if not _FILL.search(text):
        return
    known = book()
    for first, last, shown in _windows(text, 4):
        signs = _WILD.findall(shown)
        letters = re.sub(r"\s", "", shown)
        shown_letters = sum(map(str.isalpha, letters))
        if not 1 <= len(signs) <= 3 or shown_letters < 3 or len(signs) + shown_letters != len(letters):
            continue
        fitting = re.compile("".join(sign if sign.isalpha() else "." for sign in letters))
        for term, word in known.terms.items():
            if len(term) == len(letters) and fitting.fullmatch(term):
                yield first, last, word
                break


def _windows(text: str, most: int) -> Iterator[tuple[int, int, str]]:
    """Every run of up to so many words, without the signs around it, the longest first."""
    tokens = list(_TOKEN.finditer(text))
    for count in range(most, 0, -1):
        for place in range(len(tokens) - count + 1):
            first, last = tokens[place].start(), tokens[place + count - 1].end()
            shown = text[first:last]
            bare = shown.strip(_EDGES)
            if bare:
                start = first + shown.index(bare)
                yield start, start + len(bare), bare


# ---- letters in another order ----

_TURNING = re.compile(
    r"letters?(?![^\W_])|anagram|scrambl|jumbl|rearrang|caesar|cipher|(?<![^\W_])rot ?-?\d|backward"
    r"|revers|mirror image|mirrored"
    r"|every (?:second|other|third|2nd)|keyboard|keys|pig latin|spoon|syllab|decode|deciph"
    r"|(?<![^\W_])shift(?:ed)? |swap the (?:first|start|begin|end|two)"
    r"|букв|наоборот|сдвиг|слог|letras|lettres|buchstabe|lettere|harf|huruf|al reves|contrario|envers"
    r"|ruckwarts|alphabet"
)
_MIXED = re.compile(
    r"anagram|scrambl|jumbl|rearrang|mixed (?:up )?(?:the )?letters|letters? (?:are |is )?(?:in|into) "
    r"|desorden|durcheinander|letters mixed"
)


def _turned_windows(text: str) -> Iterator[Piece]:
    if not _TURNING.search(text):
        return
    is_mixed = bool(_MIXED.search(text))
    done = -1
    for first, last, shown in _windows(text, 4):
        words = _WORD.findall(shown)
        if first < done or all(map(is_common, words)):
            continue
        letters = "".join(filter(str.isalpha, shown))
        word = played(letters, is_hinted=True)
        if not word and is_mixed:
            word = book().by_letters.get("".join(sorted(letters)), "") if len(letters) > _FEWEST else ""
        word = word or (_spoonerism(words) if len(words) == 2 else "")
        if word:
            yield first, last, word


def _spoonerism(words: list[str]) -> str:
    """ "nhone pumber": the beginnings of two words exchanged."""
    known = book().terms
    one, other = (re.match(r"[^aeiouаеиоуыэюя]*", word) for word in words)
    if one is None or other is None or one.group() == other.group():
        return ""
    letters = other.group() + words[0][one.end() :] + one.group() + words[1][other.end() :]
    return known.get(letters, "")


# ---- beginnings and ends ----

_BEGUN = re.compile(
    r"(?:start|begin)(?:s|ning)?(?: with)?(?: an?)?\s[\"'“]?([^\W\d_]{1,6})[\"'”]?[\s,;.&]{1,3}(?:and |then )?(?:it |that )?"  # noqa: E501
    r"(?:end|finish)(?:s|es|ing)?(?: with| in| on)?(?: an?)?\s[\"'“]?([^\W\d_]{1,6})"
)
_NAMES = ("veiled_messenger", "veiled_payment")
_FEWEST_GIVEN = 4


def _begun_and_ended(text: str) -> Iterator[Piece]:
    """ "starts with W and ends with app"."""
    known = book()
    for match in _BEGUN.finditer(text):
        first, last = match[1], match[2]
        if len(first) + len(last) < _FEWEST_GIVEN:
            continue
        for letters, term in known.terms.items():
            if (
                known.concepts[term] in _NAMES
                and letters.startswith(first)
                and letters.endswith(last)
                and letters.isascii()
                and len(letters) <= len(first) + len(last) + _FEWEST_GIVEN
            ):
                yield match.start(), match.end(), term
                break
