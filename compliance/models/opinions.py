"""What the door for second opinions has used up today, and whether it is shut after failures."""

from django.db import models


class OpinionDay(models.Model):
    """One row a day: calls made, failures in a row, and until when nobody is asked."""

    day = models.DateField(unique=True)
    calls = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    shut_until = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.calls} calls on {self.day}"
