"""The JSON shape of tickets and articles."""

from typing import Any

from rest_framework import serializers

from files.access import seen_state, sees_whole
from files.models import Upload
from tickets.models import ArticleText, Category, Ticket, TicketEvent
from tickets.selectors import questions_of


class SubmitInput(serializers.Serializer):
    """``submit_ref`` is made by the client: sending it again gives the ticket already stored."""

    submit_ref = serializers.UUIDField()
    category = serializers.SlugField()
    subject = serializers.CharField(max_length=150)
    description = serializers.CharField(max_length=8000)
    details = serializers.DictField(child=serializers.CharField(max_length=4000), required=False)
    device = serializers.DictField(child=serializers.CharField(max_length=80), required=False)
    impact = serializers.ChoiceField(
        choices=["blocked", "money", "danger", "hindered", "question"], required=False
    )
    order = serializers.CharField(max_length=24, required=False)
    conversation = serializers.IntegerField(required=False)
    follows = serializers.CharField(max_length=20, required=False)
    shop = serializers.SlugField(required=False, help_text="Write for this shop.")
    files = serializers.ListField(child=serializers.UUIDField(), max_length=12, required=False)


class AddInput(serializers.Serializer):
    client_ref = serializers.UUIDField()
    body = serializers.CharField(max_length=10_000, required=False, allow_blank=True, default="")
    files = serializers.ListField(child=serializers.UUIDField(), max_length=6, required=False, default=list)


class RateInput(serializers.Serializer):
    score = serializers.IntegerField(min_value=1, max_value=5)
    reason = serializers.CharField(max_length=20, required=False, default="")
    comment = serializers.CharField(max_length=1000, required=False, default="", allow_blank=True)


class TicketOutput(serializers.ModelSerializer):
    """What the person who asked may know. ``promised_at``: when the waiting answer is due."""

    category = serializers.CharField(source="category.code")
    team = serializers.CharField(source="team.name", default="")
    promised_at = serializers.DateTimeField(source="answer_due_at")
    merged_into = serializers.CharField(source="merged_into.number", default=None)

    class Meta:
        model = Ticket
        fields = [
            "number",
            "subject",
            "state",
            "priority",
            "category",
            "team",
            "side",
            "channel",
            "created_at",
            "changed_at",
            "promised_at",
            "first_answered_at",
            "solved_at",
            "digest",
            "merged_into",
            "appeal_number",
        ]


class EventOutput(serializers.ModelSerializer):
    """One public event; staff are never named."""

    files = serializers.SerializerMethodField()

    class Meta:
        model = TicketEvent
        fields = ["no", "kind", "author_kind", "body", "created_at", "files"]

    def get_files(self, event: TicketEvent) -> list[dict[str, Any]]:
        rows = self.context["files"].get(str(event.pk), [])
        return [
            {"id": str(upload.public_id), "name": upload.name, "state": self._state_of(upload)}
            for upload in rows
        ]

    def _state_of(self, upload: Upload) -> str:
        """As the reader in ``context["user"]`` hears it."""
        return seen_state(upload, is_whole=sees_whole(upload, self.context["user"]))


class CategoryOutput(serializers.ModelSerializer):
    title = serializers.CharField(source="label")
    hint = serializers.CharField(source="prompt")
    parent = serializers.CharField(source="parent.code", default=None)  # type: ignore[assignment]
    fields_ = serializers.SerializerMethodField(method_name="get_questions")

    class Meta:
        model = Category
        fields = ["code", "parent", "title", "hint", "kind", "asks_device", "fields_"]

    def get_questions(self, category: Category) -> list[dict[str, Any]]:
        return [
            {
                "key": q.key,
                "label": q.label,
                "hint": q.hint,
                "type": q.type,
                "required": q.required,
                "choices": q.choices,
            }
            for q in questions_of(category)
        ]


class ArticleOutput(serializers.ModelSerializer):
    slug = serializers.CharField(source="article.slug")
    topic = serializers.CharField(source="article.topic.code")
    kind = serializers.CharField(source="article.kind")

    class Meta:
        model = ArticleText
        fields = ["slug", "language", "version", "topic", "kind", "title", "summary", "html", "created_at"]


class SearchHit(serializers.Serializer):
    """``title`` and ``excerpt`` are HTML with ``<mark>`` only."""

    slug = serializers.CharField(source="text.article.slug")
    language = serializers.CharField(source="text.language")
    title = serializers.CharField()
    excerpt = serializers.CharField()
    plain_title = serializers.CharField(source="text.title")
    score = serializers.FloatField()
