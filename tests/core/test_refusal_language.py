"""What a rule refuses is said in the language of whoever reads it, not of whoever wrote the code."""

from django.utils import translation
from django.utils.translation import gettext, gettext_lazy

from core.errors import Invalid


def test_a_refusal_is_read_in_the_language_of_the_reader():
    refusal = Invalid(gettext_lazy("This field is required."), code="missing")

    with translation.override("es"):
        assert refusal.message == gettext("This field is required.") != "This field is required."
    with translation.override("en"):
        assert refusal.message == "This field is required."


def test_a_refusal_with_plain_words_stays_as_it_is():
    assert Invalid("/ship already stands for another reply.").message == (
        "/ship already stands for another reply."
    )
