"""What a customer sends from a page."""

from django import forms

BODY_CHARS = 8_000


class MessageForm(forms.Form):
    """One message; ``client_ref`` makes sending the same form twice harmless."""

    body = forms.CharField(max_length=BODY_CHARS, strip=True)
    client_ref = forms.UUIDField()


class FaqForm(forms.Form):
    """One of the shop's questions; ``client_ref`` makes pressing twice harmless."""

    faq = forms.IntegerField(min_value=1)
    client_ref = forms.UUIDField()
