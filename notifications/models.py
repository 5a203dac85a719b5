from django.conf import settings
from django.db import models
from django.utils import timezone


class Notice(models.Model):
    """One person is told one thing: in the product, and by e-mail when ``mail_state`` says so.

    The row is the queue: whatever is ``pending`` and due is sent, by the task after commit or by the sweeper.
    A mail can go out twice only if the process dies between the mail server's yes and our commit.
    """

    class MailState(models.TextChoices):
        NONE = "none", "No e-mail"
        PENDING = "pending", "Waiting"
        LEASED = "leased", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Given up"
        CANCELLED = "cancelled", "Taken back before it was sent"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="notices"
    )
    # Guests have no account: an address, and the language and zone they wrote in.
    guest_email = models.EmailField(blank=True)
    guest_language = models.CharField(max_length=12, blank=True)
    guest_time_zone = models.CharField(max_length=64, blank=True)
    headers = models.JSONField(default=dict, blank=True)  # of the e-mail: Reply-To, Message-ID, References
    kind = models.CharField(max_length=60)  # names the templates: emails/<kind>.txt and so on
    subject_key = models.CharField(max_length=80)  # what it is about: "decision:12"
    dedupe = models.CharField(
        max_length=80, blank=True
    )  # told apart within kind and subject, "" = once for ever
    context = models.JSONField(default=dict)  # plain values for the templates
    url = models.CharField(max_length=300, blank=True)  # path of the page it leads to
    created_at = models.DateTimeField(default=timezone.now)
    # Some e-mails are about what another page shows anyway: those are not among the notices.
    is_listed = models.BooleanField(default=True)
    read_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)  # taken back: no longer shown
    mail_state = models.CharField(max_length=10, choices=MailState.choices, default=MailState.NONE)
    mail_due_at = models.DateTimeField(null=True, blank=True)
    mail_leased_until = models.DateTimeField(null=True, blank=True)
    mail_attempts = models.PositiveSmallIntegerField(default=0)
    mail_sent_at = models.DateTimeField(null=True, blank=True)
    mail_error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "subject_key", "dedupe"], name="notice_once_per_subject"
            ),
            models.UniqueConstraint(
                fields=["guest_email", "kind", "subject_key", "dedupe"],
                condition=models.Q(user=None),
                name="notice_once_per_guest_and_subject",
            ),
            models.CheckConstraint(
                condition=models.Q(user__isnull=False) | ~models.Q(guest_email=""),
                name="notice_is_for_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="notice_by_user"),
            models.Index(fields=["subject_key"], name="notice_by_subject"),
            models.Index(
                fields=["mail_due_at"],
                name="notice_mail_waiting",
                condition=models.Q(mail_state__in=["pending", "leased"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_key} for {self.user_id}"
