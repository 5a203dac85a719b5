"""Model instances for paths where Django's constructor costs more than the work (a fifth of the time).

An instance made here is as one from ``Model(**values)``: every field has its default, relations may be given
as instances. It is not checked for misspelt names, and sends no ``pre_init`` and ``post_init`` (nobody here
listens to them).
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple, TypeVar

from django.db import models
from django.db.models.base import ModelState

M = TypeVar("M", bound=models.Model)
_SHARED = (str, int, float, bool, bytes, type(None))  # Defaults that cannot change, so one object serves all.


class _Shape(NamedTuple):
    values: dict[str, Any]
    made: list[tuple[str, Callable[[], Any]]]
    relations: dict[str, str]  # Relation -> column that holds its key.
    key: str


@cache
def _shape(model: type[models.Model]) -> _Shape:
    values: dict[str, Any] = {}
    made: list[tuple[str, Callable[[], Any]]] = []
    relations: dict[str, str] = {}
    for field in model._meta.concrete_fields:
        if getattr(field, "generated", False):
            continue
        if isinstance(field, models.ForeignKey):
            relations[field.name] = field.attname
        if field.has_default() and callable(field.default):
            made.append((field.attname, field.get_default))
        elif isinstance(field.get_default(), _SHARED):
            values[field.attname] = field.get_default()
        else:
            made.append((field.attname, field.get_default))
    assert model._meta.pk is not None
    return _Shape(values, made, relations, model._meta.pk.attname)


def row(model: type[M], **values: Any) -> M:
    """An unsaved instance with these values; ``pk`` and relations by name are understood."""
    shape = _shape(model)
    instance = model.__new__(model)
    state = ModelState()
    inside = instance.__dict__
    inside["_state"] = state
    inside.update(shape.values)
    for name, make in shape.made:
        if name not in values:
            inside[name] = make()
    for name, value in values.items():
        if name in shape.relations:
            inside[shape.relations[name]] = None if value is None else value.pk
            state.fields_cache[name] = value
        else:
            inside[shape.key if name == "pk" else name] = value
    return instance
