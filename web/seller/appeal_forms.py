from django import forms
from django.utils.translation import gettext_lazy as _

from compliance.models import Appeal


class AppealForm(forms.Form):
    ground = forms.ChoiceField(
        label=_("Why is the decision wrong?"), choices=Appeal.Ground.choices, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=_("What happened, in your own words"),
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("Say what you meant, what the customer had asked, and what you did about it since."),
    )


class AnswerForm(forms.Form):
    text = forms.CharField(
        label=_("Your answer"), max_length=8000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
