"""Help Center articles: one row per article, one per language and version, and what readers made of them."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tickets.models.categories import Translated


class Topic(Translated):
    """A shelf of the Help Center."""

    code = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=80)
    audience = models.CharField(max_length=10, default="customer", help_text="customer or seller")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def label(self) -> str:
        return self.text("title")


class Article(models.Model):
    class Kind(models.TextChoices):
        ARTICLE = "article", _("Article")
        FAQ = "faq", _("Question and answer")
        GUIDE = "guide", _("Step by step")

    slug = models.SlugField(max_length=80, unique=True)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="articles")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.ARTICLE)
    position = models.PositiveSmallIntegerField(default=0)
    is_published = models.BooleanField(default=True)
    views = models.PositiveIntegerField(default=0)
    helpful_yes = models.PositiveIntegerField(default=0)
    helpful_no = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["topic_id", "position", "pk"]

    def __str__(self) -> str:
        return self.slug


class ArticleText(models.Model):
    """One version of an article in one language. A change is a new version, never an edit."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(max_length=12)
    version = models.PositiveIntegerField()
    # The English version this translation was made from; older than the current English one: stale.
    source_version = models.PositiveIntegerField(default=0)
    title = models.CharField(max_length=150)
    summary = models.CharField(max_length=300)
    keywords = models.CharField(max_length=300, blank=True)
    body = models.TextField(help_text="Markdown")
    html = models.TextField(help_text="Rendered from the body and sanitised with nh3.")
    plain = models.TextField()
    is_current = models.BooleanField(default=False)
    is_draft = models.BooleanField(default=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    search = SearchVectorField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "language", "version"], name="article_version_once"),
            models.UniqueConstraint(
                fields=["article", "language"], condition=Q(is_current=True), name="article_one_current"
            ),
        ]
        indexes = [
            GinIndex(fields=["search"], name="article_search"),
            GinIndex(OpClass("plain", name="gin_trgm_ops"), name="article_plain_trgm"),
        ]

    def __str__(self) -> str:
        return f"{self.article.slug} {self.language} v{self.version}"

    @property
    def minutes(self) -> int:
        """Reading time; 200 words, or 400 Chinese characters, a minute."""
        units = len(self.plain) / 400 if self.language.startswith("zh") else len(self.plain.split()) / 200
        return max(1, round(units))


class SearchWord(models.Model):
    """A word that occurs in current articles: what a misspelled query word is compared with."""

    language = models.CharField(max_length=12)
    word = models.CharField(max_length=60)
    count = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["language", "word"], name="search_word_once")]
        indexes = [GinIndex(OpClass("word", name="gin_trgm_ops"), name="search_word_trgm")]

    def __str__(self) -> str:
        return self.word


class ArticleVote(models.Model):
    """Did it answer the question? One per reader, who is a person or a browser's hash."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="votes")
    voter = models.CharField(max_length=64)
    is_helpful = models.BooleanField()
    reason = models.CharField(max_length=20, blank=True)
    comment = models.CharField(max_length=500, blank=True)
    language = models.CharField(max_length=12, default="en")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "voter"], name="article_vote_once")]

    def __str__(self) -> str:
        return f"{'yes' if self.is_helpful else 'no'} for {self.article_id}"


class SearchLog(models.Model):
    """One search and where it led: an article, a ticket, or nowhere. No person is named."""

    visit = models.CharField(max_length=64, help_text="Hash of the browser's session, for one day.")
    query = models.CharField(max_length=200)
    language = models.CharField(max_length=12)
    results = models.PositiveIntegerField()
    opened = models.ForeignKey(Article, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    led_to_ticket = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["visit", "-created_at"], name="search_log_visit")]

    def __str__(self) -> str:
        return self.query


class Deflection(models.Model):
    """A person at the ticket form said that an article answered it, or sent the ticket after all."""

    visit = models.CharField(max_length=64)
    article = models.ForeignKey(Article, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    category = models.ForeignKey("tickets.Category", on_delete=models.CASCADE, related_name="+")
    answered = models.BooleanField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="deflection_created")]

    def __str__(self) -> str:
        return f"{'answered' if self.answered else 'sent'} in {self.category_id}"
