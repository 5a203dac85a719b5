"""The public halves of the keys that sign transcripts. They stay published for ever."""

from django.db import models


class TranscriptKey(models.Model):
    """An Ed25519 public key. The private half lies in the state folder or a setting, never here."""

    key_id = models.CharField(max_length=16, primary_key=True)  # Beginning of the SHA-256 of the key.
    public_key = models.CharField(max_length=44)  # The 32 bytes in base64.
    made_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.key_id
