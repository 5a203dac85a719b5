from django.urls import URLPattern, URLResolver, path

from web.console import appeal_views, block_views, dispute_views, fairness_views, list_views, views

app_name = "console"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("cases/", views.cases, name="cases"),
    path("cases/next/", views.next_case, name="next"),
    path("cases/<str:reference>/", views.case, name="case"),
    path("cases/<str:reference>/claim/", views.claim, name="claim"),
    path("cases/<str:reference>/release/", views.release, name="release"),
    path("cases/<str:reference>/skip/", views.skip, name="skip"),
    path("cases/<str:reference>/escalate/", views.escalate, name="escalate"),
    path("cases/<str:reference>/note/", views.note, name="note"),
    path("cases/<str:reference>/decide/", views.decide, name="decide"),
    path("cases/<str:reference>/answer/", views.answer_proposal, name="answer_proposal"),
    path("decisions/<int:decision_id>/undo/", views.undo, name="undo"),
    path("second-review/", views.second_review, name="second_review"),
    path("closings/", list_views.closings, name="closings"),
    path("closings/<int:restriction_id>/answer/", list_views.answer_closing, name="answer_closing"),
    path("findings/", list_views.findings, name="findings"),
    path("appeals/", appeal_views.appeal_list, name="appeals"),
    path("appeals/<str:reference>/", appeal_views.appeal, name="appeal"),
    path("appeals/<str:reference>/claim/", appeal_views.claim_appeal, name="claim_appeal"),
    path("appeals/<str:reference>/release/", appeal_views.release_appeal, name="release_appeal"),
    path("appeals/<str:reference>/answer/", appeal_views.answer_appeal, name="answer_appeal"),
    path("disputes/", dispute_views.dispute_list, name="disputes"),
    path("disputes/<str:reference>/", dispute_views.dispute, name="dispute"),
    path("disputes/<str:reference>/answer/", dispute_views.answer, name="answer_dispute"),
    path("spam-marks/", dispute_views.marks, name="spam_marks"),
    path("spam-marks/<int:mark_id>/settle/", dispute_views.settle_mark, name="settle_spam_mark"),
    path("blocks/", block_views.blocks, name="blocks"),
    path("policies/", list_views.policies, name="policies"),
    path("fairness/", fairness_views.fairness, name="fairness"),
    path("fairness/statements/", fairness_views.export_statements, name="export_statements"),
    path("audit/", list_views.audit, name="audit"),
]
