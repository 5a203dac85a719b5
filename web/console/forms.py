from django import forms
from django.utils.translation import gettext_lazy as _

OTHER = "other"
DISMISS = "dismiss"


class VerdictForm(forms.Form):
    """A decision: ``verdict`` is dismiss, a policy's code, or other with ``other_policy``.

    A rule with a range of points has its own field ``points-<code>``.
    """

    verdict = forms.CharField(max_length=40, error_messages={"required": _("Choose a decision.")})
    other_policy = forms.CharField(max_length=40, required=False)
    reason = forms.CharField(max_length=200, error_messages={"required": _("Give a reason.")})
    facts = forms.CharField(max_length=5000, required=False)

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        if cleaned.get("verdict") == OTHER and not cleaned.get("other_policy"):
            self.add_error("verdict", _("Choose which other rule."))
        if cleaned.get("verdict") not in (None, DISMISS) and not str(cleaned.get("facts", "")).strip():
            self.add_error("facts", _("Write the facts as the shop will read them."))
        return cleaned

    @property
    def points(self) -> int | None:
        """What was written into the points field of the chosen rule; None: the rule's own number."""
        written = str(self.data.get(f"points-{self.cleaned_data['verdict']}", "")).strip()
        return int(written) if written.isdecimal() else None

    @property
    def policy_code(self) -> str:
        chosen = self.cleaned_data["verdict"]
        if chosen == DISMISS:
            return ""
        return str(self.cleaned_data["other_policy"] if chosen == OTHER else chosen)


class ReasonForm(forms.Form):
    text = forms.CharField(max_length=2000)


class AppealAnswerForm(forms.Form):
    """``act`` says which button: uphold, reject or ask; ``answer`` is what the shop will read."""

    act = forms.ChoiceField(choices=[("uphold", ""), ("reject", ""), ("ask", "")])
    answer = forms.CharField(
        max_length=5000, error_messages={"required": _("Write what the shop will read.")}
    )
