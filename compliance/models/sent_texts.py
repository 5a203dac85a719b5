"""What shops send unasked, by fingerprint: how a round of one advert to many customers is seen."""

from django.db import models


class SentText(models.Model):
    """One message of a shop that answers nobody, or advertises. Kept once per message, however often it is
    scanned; holds no text. Made anew by any scan, so old rows may be deleted."""

    message_id = models.BigIntegerField(primary_key=True)
    shop = models.ForeignKey("shops.Shop", on_delete=models.CASCADE, related_name="+", db_index=False)
    conversation_id = models.BigIntegerField()
    fingerprint = models.BigIntegerField()  # compliance/engine/fingerprint.py
    is_unasked = models.BooleanField()  # The customer had written nothing that this could answer.
    sent_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["shop", "sent_at"], name="sent_text_round")]

    def __str__(self) -> str:
        return f"text of message {self.message_id}"
