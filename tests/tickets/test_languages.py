import gettext
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tickets.models import Article, ArticleText, Category
from tickets.selectors import search_articles
from tickets.services.reference_data import DATA

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%s|\{\w+\}")


@pytest.fixture
def help_center(categories, articles) -> None:
    pass


@pytest.mark.parametrize("language", ["es", "zh-hans"])
def test_every_article_that_ships_is_translated(language):
    english = {path.name for path in (DATA / "articles" / "en").glob("*.md")}

    assert len(english) >= 20
    assert {path.name for path in (DATA / "articles" / language).glob("*.md")} == english


def test_every_topic_and_question_of_the_form_is_translated(categories):
    for category in Category.objects.filter(is_active=True):
        for language in ("es", "zh-hans", "ar"):
            assert category.translations.get(language, {}).get("title"), (category.code, language)


@pytest.mark.parametrize(
    ("language", "query", "slug"),
    [
        ("es", "reembolso banco", "when-a-refund-reaches-your-account"),
        ("es", "contraseña olvidada", "sign-in-without-your-password"),
        ("es", "rembolso", "when-a-refund-reaches-your-account"),
        ("zh-hans", "退款到账", "when-a-refund-reaches-your-account"),
        ("zh-hans", "回复率怎么算", "how-the-response-rate-is-counted"),
        ("ar", "متى يصل المبلغ المسترد", "when-a-refund-reaches-your-account"),
        ("ar", "كلمة المرور", "sign-in-without-your-password"),
    ],
)
def test_articles_are_found_in_the_readers_language(help_center, language, query, slug):
    hits = search_articles(query, language=language).hits

    assert hits[0].text.article.slug == slug
    assert hits[0].text.language == language
    assert "<mark>" in hits[0].title + hits[0].excerpt


@pytest.mark.parametrize(
    ("language", "direction", "words"),
    [("es", "ltr", "Centro de ayuda"), ("zh-hans", "ltr", "帮助中心"), ("ar", "rtl", "مركز المساعدة")],
)
def test_the_help_center_speaks_the_language_and_its_direction(help_center, language, direction, words):
    client = Client(headers={"accept-language": language})

    page = client.get("/help/").content.decode()
    form = client.get("/help/new/payment-declined/").content.decode()

    assert f'dir="{direction}"' in page
    assert words in page
    assert Category.objects.get(code="payment-declined").translations[language]["title"] in form


def test_an_arabic_reader_gets_english_articles_left_to_right(help_center):
    page = Client(headers={"accept-language": "ar"}).get("/help/a/points-and-milestones/").content.decode()

    assert '<article class="prose" lang="en" dir="ltr"' in page
    assert ArticleText.objects.filter(article=Article.objects.get(slug="points-and-milestones")).count() == 3


def test_an_arabic_reader_gets_customer_articles_in_arabic_right_to_left(help_center):
    page = Client(headers={"accept-language": "ar"}).get("/help/a/chat-with-a-shop/").content.decode()

    assert '<article class="prose" lang="ar" dir="rtl"' in page
    assert "تحدّث مع متجر" in page


def test_every_article_for_customers_is_there_in_arabic(help_center):
    for_customers = Article.objects.filter(topic__audience="customer", is_published=True)
    arabic = ArticleText.objects.filter(language="ar", is_current=True)

    missing = set(for_customers.values_list("slug", flat=True)) - set(
        arabic.values_list("article__slug", flat=True)
    )

    assert missing == set()


def test_a_guest_chooses_a_language_that_stays(help_center):
    client = Client()

    answer = client.post("/help/language/", {"language": "es", "next": "/help/report/"})

    assert answer["Location"] == "/help/report/"
    assert "Denunciar" in client.get("/help/report/").content.decode()
    evil = client.post("/help/language/", {"language": "es", "next": "https://evil.example/"})
    assert evil["Location"] == "/help/"


@pytest.mark.parametrize("language", ["es", "zh_Hans", "ar"])
def test_no_translation_loses_or_invents_a_value(language):
    folder = Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES"
    with (folder / "django.mo").open("rb") as file:
        catalog = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]

    for source, text in catalog.items():
        if isinstance(source, str) and source and text:
            assert sorted(PLACEHOLDER.findall(source)) == sorted(PLACEHOLDER.findall(text)), source


def entries(language: str) -> list[str]:
    """The entries of a language's file, as text, without its header."""
    folder = Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES"
    return (folder / "django.po").read_text(encoding="utf-8").split("\n\n")[1:]


@pytest.mark.parametrize("language", ["es", "zh_Hans"])
def test_nothing_of_the_interface_is_left_untranslated_or_guessed(language):
    empty = re.compile(r'^msgstr(\[\d\])? ""$(?!\n")', re.M)

    assert [entry for entry in entries(language) if empty.search(entry)] == []
    assert [entry for entry in entries(language) if "#, fuzzy" in entry] == []


def words_of_pages() -> set[str]:
    """Every text that a template marks for translation with ``trans``."""
    mark = re.compile(r"""\{%\s*trans(?:late)?\s+(?:"([^"]*)"|'([^']*)')""")
    pages = sorted(Path(settings.BASE_DIR, "templates").rglob("*.*"))
    return {one or other for page in pages for one, other in mark.findall(page.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("language", ["es", "zh_Hans"])
def test_every_word_of_a_page_has_its_translation(language):
    folder = Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES"
    with (folder / "django.mo").open("rb") as file:
        catalog = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]

    missing = {word for word in words_of_pages() if word and word.replace("%", "%%") not in catalog}

    assert len(words_of_pages()) > 500
    assert missing == set()
