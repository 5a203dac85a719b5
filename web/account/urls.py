from django.urls import path

from web.account import chat_notice_views, deletion_views, notice_views, sms_views, views

app_name = "account"
urlpatterns = [
    path("", views.profile, name="profile"),
    path("delete/", deletion_views.delete_account, name="delete"),
    path("statements/<str:reference>/", notice_views.statement, name="statement"),
    path("sms/", sms_views.sms, name="sms"),
    path("sms/<slug:slug>/agree/", sms_views.agree, name="sms_agree"),
    path("sms/<int:pk>/take-back/", sms_views.take_back, name="sms_take_back"),
    path("notices/", notice_views.notices, name="notices"),
    path("notices/read/", notice_views.read_all, name="read_all"),
    path("notices/chat/", chat_notice_views.chat_notices, name="chat_notices"),
    path("notices/chat/stop/<str:token>/", chat_notice_views.stop_mail, name="stop_mail"),
    path("notices/<int:notice_id>/", notice_views.read_one, name="read_notice"),
]
