from django.urls import path

from web.customer import closing_views, faq_views, rating_views, record_views, report_views, views

app_name = "customer"
urlpatterns = [
    path("", views.chats, name="chats"),
    path("<int:pk>/", views.chat, name="chat"),
    path("<int:pk>/before/", faq_views.before, name="before"),
    path("<int:pk>/faq/", faq_views.ask, name="faq_ask"),
    path("<int:pk>/faq/settle/", faq_views.settle, name="faq_settle"),
    path("<int:pk>/report/", report_views.report_message, name="report"),
    path("<int:pk>/stop/", closing_views.stop, name="stop"),
    path("<int:pk>/start-again/", closing_views.start_again, name="start_again"),
    path("<int:pk>/mute/", closing_views.mute, name="mute"),
    path("<int:pk>/rate/", rating_views.rate, name="rate"),
    path("<int:pk>/transcript.<str:ending>", record_views.transcript, name="transcript"),
    path("search/", record_views.search_messages, name="search"),
    path("start/<slug:slug>/", views.start, name="start"),
]
