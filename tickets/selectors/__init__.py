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

__all__ = [
    "Hit",
    "Results",
    "articles_for_editor",
    "current_text",
    "is_stale",
    "search_articles",
    "search_config",
    "suggested_texts",
    "texts_by_slugs",
    "texts_in",
    "topic_page",
    "topics_with_texts",
    "translations_of",
    "words_of",
]
