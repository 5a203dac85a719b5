"""The vocabulary of search grows with what is written. The scan of a message teaches its words."""

from collections.abc import Sequence
from functools import partial

from django.db import connection, transaction

# In order of the words, so that two workers never wait for each other crosswise.
_LEARN = r"""
INSERT INTO chat_searchword (word)
SELECT DISTINCT word FROM chat_message m, regexp_split_to_table(lower(m.body), '[^[:alnum:]]+') AS word
WHERE m.id = ANY(%s) AND length(word) BETWEEN 3 AND 30
  AND word !~ '[0-9\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]'
ORDER BY word
ON CONFLICT DO NOTHING
"""


# What stood between spaces in texts that this process has learnt: most messages hold nothing new.
_MOST = 100_000
_LONGEST = 40  # of a piece that is remembered
_seen: set[str] = set()


def learn_words(messages: Sequence[tuple[int, str]]) -> None:
    """Make the words of these (id, text) known to the search for misspelt ones. Repeating changes nothing."""
    pieces = {pk: _pieces(text) for pk, text in messages}
    new = [pk for pk, said in pieces.items() if not said <= _seen]
    if not new:
        return
    with connection.cursor() as cursor:
        cursor.execute(_LEARN, [new])
    learnt = {piece for pk in new for piece in pieces[pk] if len(piece) <= _LONGEST}
    transaction.on_commit(partial(_remember, learnt))


def _pieces(text: str) -> set[str]:
    """What may hold a word of three letters."""
    return {piece for piece in text.lower().split() if len(piece) > 2 and not piece.isdigit()}


def _remember(pieces: set[str]) -> None:
    if len(_seen) > _MOST:
        _seen.clear()
    _seen.update(pieces)
