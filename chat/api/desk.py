"""REST for a shop's desk: views, labels, assigning, notes, snoozing, many at once. For its members only.

Everybody else gets the same answer as for what is not there. Shapes: ``docs/websocket.md``.
"""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import SignedInApiRequest
from accounts.models import User
from chat.access import Side, get_desk_conversation
from chat.models import Conversation, Desk, Label, Note
from chat.selectors import inbox_entries
from chat.selectors.desk import View, head_of, page_of, rows_of
from chat.serializers import inbox_json, label_json, note_json
from chat.services import assigning, bulk, handling, labels, notes, snoozing
from core.errors import Invalid
from shops.access import get_shop
from shops.capabilities import Capability

REPLY = Capability.REPLY_TO_CUSTOMERS


class DeskQuery(serializers.Serializer[Any]):
    view = serializers.ChoiceField(choices=[str(view) for view in View], default="all")
    # A field of this name hides one that serializers have themselves.
    label = serializers.IntegerField(min_value=1, required=False, default=None)  # type: ignore[assignment]
    after = serializers.CharField(max_length=80, required=False, default="")


class LabelInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200)
    colour = serializers.ChoiceField(choices=Label.Colour.values, default=Label.Colour.GREY)


class AutoAssignInput(serializers.Serializer[Any]):
    auto_assign = serializers.ChoiceField(choices=Desk.AutoAssign.values)


class AssignInput(serializers.Serializer[Any]):
    member = serializers.IntegerField(min_value=1, allow_null=True)
    note = serializers.CharField(required=False, default="", allow_blank=True)


class StatusInput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=Conversation.Status.values)


class SnoozeInput(serializers.Serializer[Any]):
    until = serializers.DateTimeField(allow_null=True)


class SwitchInput(serializers.Serializer[Any]):
    on = serializers.BooleanField()


class LabelIdsInput(serializers.Serializer[Any]):
    labels = serializers.ListField(child=serializers.IntegerField(min_value=1), max_length=50)


class NoteInput(serializers.Serializer[Any]):
    body = serializers.CharField(trim_whitespace=False)


class BulkInput(serializers.Serializer[Any]):
    action = serializers.ChoiceField(choices=bulk.ACTIONS)
    ids = serializers.ListField(child=serializers.IntegerField(min_value=1), min_length=1)
    member = serializers.IntegerField(min_value=1, allow_null=True, default=None)
    label = serializers.IntegerField(min_value=1, allow_null=True, default=None)  # type: ignore[assignment]
    until = serializers.DateTimeField(allow_null=True, default=None)


class UndoInput(serializers.Serializer[Any]):
    undo = serializers.UUIDField()


class DeskRows(APIView):
    """One page of a view, with every view's count and the shop's labels."""

    def get(self, request: SignedInApiRequest, slug: str) -> Response:
        query = _checked(DeskQuery, request.query_params)
        shop = get_shop(request.user, slug, Capability.READ_MESSAGES)
        now = timezone.now()
        head = head_of(shop.pk, user_id=request.user.pk, now=now)
        if head.must_wake:
            snoozing.wake_due(shop_id=shop.pk)
            head = head_of(shop.pk, user_id=request.user.pk, now=now)
        rows = rows_of(
            View(query["view"]),
            shop_id=shop.pk,
            user_id=request.user.pk,
            now=now,
            label_id=query["label"],
        )
        page = page_of(rows, user_id=request.user.pk, after=query["after"])
        return Response(
            {
                "conversations": [inbox_json(entry, side=Side.SHOP) for entry in page.entries],
                "after": page.after,
                "counts": head.counts,
                "labels": [label_json(label) for label in head.labels],
            }
        )


class Labels(APIView):
    """GET lists the shop's labels, POST makes one."""

    def get(self, request: SignedInApiRequest, slug: str) -> Response:
        shop = get_shop(request.user, slug, Capability.READ_MESSAGES)
        return Response({"labels": [label_json(label) for label in shop.labels.order_by("name")]})

    def post(self, request: SignedInApiRequest, slug: str) -> Response:
        shop = get_shop(request.user, slug, Capability.MANAGE_SETTINGS)
        asked = _checked(LabelInput, request.data)
        return Response(label_json(labels.save_label(shop=shop, by=request.user, **asked)), status=201)


class OneLabel(APIView):
    def put(self, request: SignedInApiRequest, slug: str, label_id: int) -> Response:
        shop = get_shop(request.user, slug, Capability.MANAGE_SETTINGS)
        asked = _checked(LabelInput, request.data)
        label = labels.save_label(shop=shop, by=request.user, label_id=label_id, **asked)
        return Response(label_json(label))

    def delete(self, request: SignedInApiRequest, slug: str, label_id: int) -> Response:
        shop = get_shop(request.user, slug, Capability.MANAGE_SETTINGS)
        labels.remove_label(shop=shop, by=request.user, label_id=label_id)
        return Response(status=204)


class DeskSettings(APIView):
    """Whether and how conversations are handed out by themselves."""

    def get(self, request: SignedInApiRequest, slug: str) -> Response:
        shop = get_shop(request.user, slug, Capability.READ_MESSAGES)
        desk = Desk.objects.filter(shop=shop).first() or Desk(shop=shop)
        return Response({"auto_assign": desk.auto_assign})

    def put(self, request: SignedInApiRequest, slug: str) -> Response:
        shop = get_shop(request.user, slug, Capability.MANAGE_SETTINGS)
        how = _checked(AutoAssignInput, request.data)["auto_assign"]
        desk = assigning.set_auto_assign(shop=shop, by=request.user, how=how)
        assigning.assign_waiting(shop_ids=[shop.pk])
        return Response({"auto_assign": desk.auto_assign})


class Bulk(APIView):
    """One action on many; what failed is named, and ``undo`` takes the rest back."""

    def post(self, request: SignedInApiRequest, slug: str) -> Response:
        shop = get_shop(request.user, slug, Capability.READ_MESSAGES)
        asked = _checked(BulkInput, request.data)
        wish = bulk.Wish(asked["action"], asked["member"], asked["label"], asked["until"])
        return Response(
            _outcome_json(bulk.carry_out(shop=shop, by=request.user, ids=asked["ids"], wish=wish))
        )


class Undo(APIView):
    def post(self, request: SignedInApiRequest, slug: str) -> Response:
        get_shop(request.user, slug, Capability.READ_MESSAGES)
        step_id = _checked(UndoInput, request.data)["undo"]
        return Response(_outcome_json(bulk.undo(step_id=step_id, by=request.user), has_undo=False))


class Assign(APIView):
    """To a member, with a note if the body has one; to nobody with ``member`` null."""

    def post(self, request: SignedInApiRequest, conversation_id: int) -> Response:
        conversation = get_desk_conversation(request.user, conversation_id, Capability.ASSIGN)
        asked = _checked(AssignInput, request.data)
        note = assigning.assign_by_hand(
            conversation=conversation, to_id=asked["member"], by=request.user, note=asked["note"]
        )
        return _row(request.user, conversation, note=note_json(note) if note else None)


class Status(APIView):
    def post(self, request: SignedInApiRequest, conversation_id: int) -> Response:
        conversation = get_desk_conversation(request.user, conversation_id, REPLY)
        status = _checked(StatusInput, request.data)["status"]
        handling.change_status(conversation=conversation, status=status, actor=request.user)
        return _row(request.user, conversation)


class Snooze(APIView):
    """Until a time; ``until`` null brings it back at once."""

    def post(self, request: SignedInApiRequest, conversation_id: int) -> Response:
        conversation = get_desk_conversation(request.user, conversation_id, REPLY)
        until = _checked(SnoozeInput, request.data)["until"]
        if until is None:
            snoozing.wake(conversation=conversation)
        else:
            snoozing.snooze(conversation=conversation, until=until)
        return _row(request.user, conversation)


class NoAnswer(APIView):
    def post(self, request: SignedInApiRequest, conversation_id: int) -> Response:
        conversation = get_desk_conversation(request.user, conversation_id, REPLY)
        is_on = _checked(SwitchInput, request.data)["on"]
        snoozing.mark_no_answer_needed(conversation=conversation, on=is_on)
        return _row(request.user, conversation)


class ConversationLabels(APIView):
    """PUT sets exactly these labels."""

    def put(self, request: SignedInApiRequest, conversation_id: int) -> Response:
        conversation = get_desk_conversation(request.user, conversation_id, REPLY)
        wanted = set(_checked(LabelIdsInput, request.data)["labels"])
        if Label.objects.filter(shop=conversation.shop_id, pk__in=wanted).count() != len(wanted):
            raise Invalid(_("Some of these labels are not the shop's."), code="no_label")
        labels.set_labels(conversation=conversation, label_ids=wanted, by=request.user)
        return _row(request.user, conversation)


class Notes(APIView):
    """Private notes of a conversation, oldest first. Whoever may read the messages may read and write them
    if they may answer."""

    def get(self, request: SignedInApiRequest, conversation_id: int) -> Response:
        conversation = get_desk_conversation(request.user, conversation_id, Capability.READ_MESSAGES)
        rows = Note.objects.filter(conversation=conversation).select_related("author", "to").order_by("pk")
        return Response({"notes": [note_json(note) for note in rows]})

    def post(self, request: SignedInApiRequest, conversation_id: int) -> Response:
        conversation = get_desk_conversation(request.user, conversation_id, REPLY)
        body = _checked(NoteInput, request.data)["body"]
        note = notes.write_note(conversation=conversation, author=request.user, body=body)
        return Response(note_json(note), status=201)


class OneNote(APIView):
    """Its author changes or deletes a note."""

    def put(self, request: SignedInApiRequest, conversation_id: int, note_id: int) -> Response:
        conversation = get_desk_conversation(request.user, conversation_id, REPLY)
        body = _checked(NoteInput, request.data)["body"]
        note = notes.edit_note(conversation=conversation, note_id=note_id, by=request.user, body=body)
        return Response(note_json(note))

    def delete(self, request: SignedInApiRequest, conversation_id: int, note_id: int) -> Response:
        conversation = get_desk_conversation(request.user, conversation_id, REPLY)
        notes.remove_note(conversation=conversation, note_id=note_id, by=request.user)
        return Response(status=204)


def _row(user: User, conversation: Conversation, **extra: Any) -> Response:
    rows = Conversation.objects.select_related("shop", "customer", "assigned_to").filter(pk=conversation.pk)
    entry = inbox_entries(rows, user_id=user.pk)[0]
    return Response(inbox_json(entry, side=Side.SHOP) | extra)


def _outcome_json(outcome: bulk.Outcome, *, has_undo: bool = True) -> dict[str, Any]:
    return {
        "done": outcome.done,
        "changed": outcome.changed,
        "failed": [
            {"id": failure.conversation_id, "customer": failure.name, "message": failure.message}
            for failure in outcome.failed
        ],
        "undo": str(outcome.step.pk) if has_undo and outcome.changed else None,
    }


def _checked(serializer: type, data: Any) -> dict[str, Any]:
    checked = serializer(data=data)
    checked.is_valid(raise_exception=True)
    found: dict[str, Any] = checked.validated_data
    return found
