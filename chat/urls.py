"""Chat's part of ``/api/v1/``."""

from django.urls import path

from chat import api

urlpatterns = [
    path("conversations", api.Conversations.as_view()),
    path("conversations/<int:conversation_id>", api.OneConversation.as_view()),
    path("conversations/<int:conversation_id>/messages", api.Messages.as_view()),
    path("conversations/<int:conversation_id>/changes", api.Changes.as_view()),
    path("conversations/<int:conversation_id>/read", api.Read.as_view()),
    path("conversations/<int:conversation_id>/screen", api.Screen.as_view()),
    path("conversations/search", api.Search.as_view()),
    path("conversations/<int:conversation_id>/search", api.Search.as_view()),
    path("sync", api.Sync.as_view()),
]
