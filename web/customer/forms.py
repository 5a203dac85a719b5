"""What a customer sends from a page."""

from django import forms


class FaqForm(forms.Form):
    """One of the shop's questions; ``client_ref`` makes pressing twice harmless."""

    faq = forms.IntegerField(min_value=1)
    client_ref = forms.UUIDField()
