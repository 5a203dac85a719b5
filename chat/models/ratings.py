"""What customers say about a chat when it is over."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

WORDS_CHARS = 1_000


class Rating(models.Model):
    """One customer's rating of one session, once. ``session_seq`` is the session's ``first_seq``: ledger rows
    are computed anew, the number stays.

    ``mask_spans`` and ``is_withheld`` are what the screening said to ``words``, as with a message.
    """

    class Tag(models.TextChoices):
        QUICK = "quick", _("Quick answer")
        FRIENDLY = "friendly", _("Friendly")
        SOLVED = "solved", _("Problem solved")
        SLOW = "slow", _("Slow answer")
        UNFRIENDLY = "unfriendly", _("Unfriendly")
        UNSOLVED = "unsolved", _("Problem not solved")
        NO_ANSWER = "no_answer", _("No answer at all")

    conversation = models.ForeignKey("chat.Conversation", on_delete=models.CASCADE, related_name="ratings")
    shop = models.ForeignKey("shops.Shop", on_delete=models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    session_seq = models.PositiveIntegerField()
    score = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    tags = ArrayField(models.CharField(max_length=12, choices=Tag), default=list, blank=True)
    words = models.TextField(max_length=WORDS_CHARS, blank=True)
    mask_spans = models.JSONField(default=list, blank=True)
    is_withheld = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "session_seq"], name="chat_rating_once_per_session"
            ),
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="chat_rating_from_1_to_5"),
        ]
        indexes = [models.Index(fields=["shop", "-made_at"], name="chat_ratings_of_shop")]

    def __str__(self) -> str:
        return f"{self.score} for session {self.session_seq} of conversation {self.conversation_id}"
