"""Bring teams, categories, promises, rules, prepared answers and articles in line with the files in ``data``.

Running it again changes nothing. What a file no longer names is switched off, never deleted: old tickets
still point at it.
"""

from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from tickets.models import (
    AnswerTemplate,
    Article,
    AutomationRule,
    Category,
    FormField,
    SlaPolicy,
    SupportCalendar,
    Team,
    Topic,
)
from tickets.services import articles, automation

DATA = Path(__file__).resolve().parent.parent / "data"
LANGUAGES = ("es", "zh-hans", "ar")


def _read(name: str) -> dict[str, Any]:
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))


def _translations(row: dict[str, Any], main: str) -> dict[str, dict[str, Any]]:
    """``{"es": {…}}`` of a row; a bare text is the translation of ``main``."""
    found = {code: row[code] for code in LANGUAGES if code in row}
    return {code: value if isinstance(value, dict) else {main: value} for code, value in found.items()}


@transaction.atomic
def sync_categories() -> dict[str, int]:
    """Teams, calendars, promises, form fields, the category tree, rules, templates. Counts them."""
    data = _read("categories.yaml")
    _sync_slas(data)
    edited = set(Team.objects.exclude(edited_at=None).values_list("code", flat=True))
    for code, row in data["teams"].items():
        if code in edited:
            continue
        Team.objects.update_or_create(
            code=code,
            defaults={
                "name": row["name"],
                "languages": row.get("languages", []),
                "translations": _translations(row, "name"),
                "is_active": True,
            },
        )
    for key, row in data["fields"].items():
        FormField.objects.update_or_create(
            key=key,
            defaults={
                "label": row["label"],
                "hint": row.get("hint", ""),
                "example": str(row.get("example", "")),
                "type": row.get("type", "text"),
                "choices": row.get("choices", []),
                "translations": _translations(row, "label"),
            },
        )
    seen: list[str] = []
    for position, (code, row) in enumerate(data["categories"].items()):
        parent = _sync_category(code, row, position, None, {})
        seen.append(code)
        for child_position, (child_code, child) in enumerate(row.get("children", {}).items()):
            _sync_category(child_code, child, child_position, parent, row)
            seen.append(child_code)
    Category.objects.exclude(code__in=seen).update(is_active=False)
    rules = _read("rules.yaml")
    return {
        "categories": len(seen),
        "rules": _sync_rules(rules["rules"]),
        "templates": _sync_templates(rules["templates"]),
    }


def _sync_slas(data: dict[str, Any]) -> None:
    for code, row in data["calendars"].items():
        SupportCalendar.objects.update_or_create(
            code=code,
            defaults={
                "name": row["name"],
                "time_zone": row["time_zone"],
                "holidays_of": row.get("holidays_of", ""),
                "weekly": row["weekly"],
                "exceptions": row.get("exceptions", {}),
            },
        )
    for code, row in data["slas"].items():
        calendar = SupportCalendar.objects.get(code=row["calendar"])
        current = SlaPolicy.objects.filter(code=code, is_current=True).first()
        wanted = {
            "name": row["name"],
            "calendar": calendar,
            "first_answer": row["first_answer"],
            "solution": row["solution"],
        }
        if current and all(getattr(current, name) == value for name, value in wanted.items()):
            continue
        version = current.version + 1 if current else 1
        SlaPolicy.objects.filter(code=code, is_current=True).update(is_current=False)
        SlaPolicy.objects.create(code=code, version=version, **wanted)


def _sync_category(
    code: str, row: dict[str, Any], position: int, parent: Category | None, above: dict[str, Any]
) -> Category:
    """A child takes from its parent what it does not say itself."""

    def own(name: str, default: Any) -> Any:
        return row.get(name, above.get(name, default))

    team = own("team", "")
    category, _ = Category.objects.update_or_create(
        code=code,
        defaults={
            "parent": parent,
            "position": position,
            "title": row["title"],
            "hint": row.get("hint", ""),
            "icon": row.get("icon", ""),
            "kind": own("kind", Category.Kind.QUESTION),
            "audiences": own("audiences", []),
            **_team_of(code, team),
            "tier": own("tier", 1),
            "priority": own("priority", "normal"),
            "sla_code": own("sla", "standard"),
            "fields": [
                {"key": name.rstrip("!"), "required": name.endswith("!")} for name in own("fields", [])
            ],
            "asks_device": own("device", False),
            "articles": own("articles", []),
            "translations": _translations(row, "title"),
            "is_active": True,
        },
    )
    return category


def _team_of(code: str, team: str) -> dict[str, Team | None]:
    """The file's team, unless somebody gave the topic to another one on the page."""
    if Category.objects.filter(code=code).exclude(team_edited_at=None).exists():
        return {}
    return {"team": Team.objects.get(code=team) if team else None}


def _sync_rules(rows: dict[str, Any]) -> int:
    for position, (code, row) in enumerate(rows.items()):
        unknown = set(row["when"]) - set(automation.CONDITIONS)
        unknown |= {name for action in row["do"] for name in action} - set(automation.ACTIONS)
        if unknown:
            raise ValueError(f"rule {code}: unknown {', '.join(sorted(unknown))}")
        wanted = {
            "title": row["title"],
            "trigger": row["trigger"],
            "conditions": row["when"],
            "actions": row["do"],
        }
        rule = AutomationRule.objects.filter(code=code).first()
        if rule and rule.edited_at:
            continue
        if rule is None:
            AutomationRule.objects.create(code=code, position=position, **wanted)
        elif any(getattr(rule, name) != value for name, value in wanted.items()):
            AutomationRule.objects.filter(pk=rule.pk).update(**wanted, version=rule.version + 1)
    AutomationRule.objects.filter(edited_at=None).exclude(code__in=rows).update(is_active=False)
    return len(rows)


def _sync_templates(rows: dict[str, Any]) -> int:
    count = 0
    for code, row in rows.items():
        for language in ("en", *LANGUAGES):
            if language not in row:
                continue
            AnswerTemplate.objects.update_or_create(
                code=code,
                language=language,
                defaults={
                    "title": row["title"],
                    "body": row[language].strip(),
                    "category_codes": row.get("categories", []),
                    "is_active": True,
                },
            )
            count += 1
    AnswerTemplate.objects.exclude(code__in=rows).update(is_active=False)
    return count


@transaction.atomic
def sync_articles() -> dict[str, int]:
    """Publish the articles of ``data/articles/<language>/`` that changed, English first."""
    topics = _read("topics.yaml")["topics"]
    rows: dict[str, Topic] = {}
    for position, (code, row) in enumerate(topics.items()):
        rows[code], _ = Topic.objects.update_or_create(
            code=code,
            defaults={
                "title": row["title"],
                "audience": row.get("audience", "customer"),
                "position": position,
                "translations": _translations(row, "title"),
            },
        )
    counts: dict[str, int] = {}
    shelf = {slug: (code, n) for code, row in topics.items() for n, slug in enumerate(row["articles"])}
    for language in ("en", *LANGUAGES):
        for slug, (code, position) in shelf.items():
            path = DATA / "articles" / language / f"{slug}.md"
            if not path.exists():
                continue
            head, body = _split(path.read_text(encoding="utf-8"))
            articles.publish(
                slug=slug,
                topic=rows[code],
                language=language,
                title=head["title"],
                summary=head["summary"],
                keywords=head.get("keywords", ""),
                kind=head.get("kind", Article.Kind.ARTICLE),
                position=position,
                body=body,
                source_version=_source_version(slug, language, head),
            )
            counts[language] = counts.get(language, 0) + 1
    articles.rebuild_words()
    return counts


def _source_version(slug: str, language: str, head: dict[str, Any]) -> int:
    """A shipped translation belongs to the shipped English text, unless it says otherwise."""
    if language == "en":
        return 0
    if "of_version" in head:
        return int(head["of_version"])
    english = Article.objects.get(slug=slug).texts.filter(language="en", is_current=True).first()
    return english.version if english else 0


def _split(text: str) -> tuple[dict[str, Any], str]:
    """The YAML head between two ``---`` lines, and the Markdown after it."""
    _, head, body = text.split("---\n", 2)
    return yaml.safe_load(head), body.strip()
