"""Compliance's part of ``/api/v1/``."""

from django.urls import path

from compliance import api

urlpatterns = [
    path("shops/<slug:slug>/health", api.ShopHealth.as_view()),
    path("shops/<slug:slug>/violations/<int:decision_id>", api.Statement.as_view()),
    path("shops/<slug:slug>/appeals", api.Appeals.as_view()),
    path("shops/<slug:slug>/appeals/<str:reference>", api.OneAppeal.as_view()),
    path("cases", api.Cases.as_view()),
    path("cases/<str:reference>", api.OneCase.as_view()),
    path("cases/<str:reference>/claim", api.Claim.as_view()),
    path("cases/<str:reference>/decision", api.Decide.as_view()),
    path("cases/<str:reference>/second-opinion", api.AnswerProposal.as_view()),
]
