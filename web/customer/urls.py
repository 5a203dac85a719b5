from django.urls import path

from web.customer import faq_views, report_views, views

app_name = "customer"
urlpatterns = [
    path("", views.chats, name="chats"),
    path("<int:pk>/", views.chat, name="chat"),
    path("<int:pk>/before/", faq_views.before, name="before"),
    path("<int:pk>/faq/", faq_views.ask, name="faq_ask"),
    path("<int:pk>/faq/settle/", faq_views.settle, name="faq_settle"),
    path("<int:pk>/report/", report_views.report_message, name="report"),
    path("start/<slug:slug>/", views.start, name="start"),
]
