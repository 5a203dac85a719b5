from django import forms
from django.utils.translation import gettext_lazy as _

# What a customer would say, the most frequent first; each names the rule that reviewers check first.
REASONS = [
    ("diverting_transactions", _("They want me to pay or buy outside Parley")),
    ("contact_redirect", _("They push me to another app, phone or address")),
    ("fraud", _("It looks like a scam")),
    ("additional_payments", _("They ask for extra money")),
    ("feedback_tampering", _("They press me about a review")),
    ("soliciting_personal_info", _("They ask for personal data that the order does not need")),
    ("harassment", _("They insult or threaten me")),
    ("sexual_content", _("It is sexual")),
    ("prohibited_products", _("They offer something illegal")),
    ("counterfeit_ip", _("They offer fakes")),
    ("misleading_offer", _("What they say about the product is not true")),
    ("spam", _("It is advertising I did not ask for")),
    ("minor_safety", _("A child could be in danger")),
]


class ReportForm(forms.Form):
    policy = forms.ChoiceField(label=_("What is wrong with it?"), choices=REASONS, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("Anything else we should know"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
