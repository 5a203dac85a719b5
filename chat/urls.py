"""Chat's part of ``/api/v1/``."""

from django.urls import path

from chat import api
from chat.api import desk

urlpatterns = [
    path("conversations", api.Conversations.as_view()),
    path("conversations/<int:conversation_id>", api.OneConversation.as_view()),
    path("conversations/<int:conversation_id>/messages", api.Messages.as_view()),
    path("conversations/<int:conversation_id>/changes", api.Changes.as_view()),
    path("conversations/<int:conversation_id>/read", api.Read.as_view()),
    path("conversations/<int:conversation_id>/screen", api.Screen.as_view()),
    path("conversations/<int:conversation_id>/presence", api.Presence.as_view()),
    path("conversations/<int:conversation_id>/block", api.Block.as_view()),
    path("conversations/<int:conversation_id>/mute", api.MuteOne.as_view()),
    path("conversations/<int:conversation_id>/rating", api.RateOne.as_view()),
    path("conversations/<int:conversation_id>/transcript", api.Transcript.as_view()),
    path("conversations/search", api.Search.as_view()),
    path("conversations/<int:conversation_id>/search", api.Search.as_view()),
    path("sync", api.Sync.as_view()),
    path("conversations/<int:conversation_id>/assign", desk.Assign.as_view()),
    path("conversations/<int:conversation_id>/status", desk.Status.as_view()),
    path("conversations/<int:conversation_id>/snooze", desk.Snooze.as_view()),
    path("conversations/<int:conversation_id>/no-answer", desk.NoAnswer.as_view()),
    path("conversations/<int:conversation_id>/labels", desk.ConversationLabels.as_view()),
    path("conversations/<int:conversation_id>/notes", desk.Notes.as_view()),
    path("conversations/<int:conversation_id>/notes/<int:note_id>", desk.OneNote.as_view()),
    path("shops/<slug:slug>/desk", desk.DeskRows.as_view()),
    path("shops/<slug:slug>/desk/settings", desk.DeskSettings.as_view()),
    path("shops/<slug:slug>/desk/bulk", desk.Bulk.as_view()),
    path("shops/<slug:slug>/desk/undo", desk.Undo.as_view()),
    path("shops/<slug:slug>/labels", desk.Labels.as_view()),
    path("shops/<slug:slug>/labels/<int:label_id>", desk.OneLabel.as_view()),
]
