"""The words that occur in messages: what a misspelt word of a search is compared with."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models


class SearchWord(models.Model):
    """One word in lower case. It belongs to nobody and is shown to nobody; results are read from messages."""

    word = models.CharField(max_length=30, primary_key=True)

    class Meta:
        indexes = [GinIndex(OpClass("word", name="gin_trgm_ops"), name="chat_search_word_trigrams")]

    def __str__(self) -> str:
        return self.word
