"""Questions over many rows. Other apps and the pages call these names."""

from tickets.selectors.articles import (
    Hit,
    Results,
    articles_for_editor,
    current_text,
    is_stale,
    search_articles,
    search_config,
    suggested_texts,
    texts_by_slugs,
    texts_in,
    topic_page,
    topics_with_texts,
    translations_of,
    words_of,
)
from tickets.selectors.intake import (
    Question,
    categories_for,
    get_category,
    look_alikes,
    questions_of,
    usual_first_answer,
    waiting_before,
)
from tickets.selectors.threads import desk_thread, public_thread

__all__ = [
    "Hit",
    "Question",
    "Results",
    "articles_for_editor",
    "categories_for",
    "current_text",
    "desk_thread",
    "get_category",
    "is_stale",
    "look_alikes",
    "public_thread",
    "questions_of",
    "search_articles",
    "search_config",
    "suggested_texts",
    "texts_by_slugs",
    "texts_in",
    "topic_page",
    "topics_with_texts",
    "translations_of",
    "usual_first_answer",
    "waiting_before",
    "words_of",
]
