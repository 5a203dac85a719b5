"""The vocabulary of search grows with what is written. The scan of a message teaches its words."""

from collections.abc import Sequence

from django.db import connection

# In order of the words, so that two workers never wait for each other crosswise.
_LEARN = r"""
INSERT INTO chat_searchword (word)
SELECT DISTINCT word FROM chat_message m, regexp_split_to_table(lower(m.body), '[^[:alnum:]]+') AS word
WHERE m.id = ANY(%s) AND length(word) BETWEEN 3 AND 30
  AND word !~ '[0-9\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]'
ORDER BY word
ON CONFLICT DO NOTHING
"""


def learn_words(message_ids: Sequence[int]) -> None:
    """Make the words of these messages known to the search for misspelt ones. Repeating changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_LEARN, [list(message_ids)])
