from django.urls import path

from web.helpcenter import form_views, ticket_views, views

app_name = "helpcenter"
urlpatterns = [
    path("", views.home, name="home"),
    path("shops/", views.seller_home, name="shops"),
    path("search/", views.search, name="search"),
    path("sitemap.xml", views.sitemap, name="sitemap"),
    path("topics/<slug:code>/", views.topic, name="topic"),
    path("a/<slug:slug>/", views.article, name="article"),
    path("a/<slug:slug>/vote/", views.vote, name="vote"),
    path("feedback/", views.feedback, name="feedback"),
    path("language/", views.set_language, name="language"),
    path("report/", form_views.report, name="report"),
    path("new/", form_views.choose_topic, name="new_ticket"),
    path("new/<slug:code>/", form_views.details, name="details"),
    path("new/<slug:code>/answered/", form_views.answered, name="answered"),
    path("from-chat/<int:pk>/", form_views.from_chat, name="from_chat"),
    path("check/<uuid:token>/", form_views.review, name="review"),
    path("check/<uuid:token>/send/", form_views.send, name="send"),
    path("check/<uuid:token>/add/", form_views.add_instead, name="add_instead"),
    path("drafts/", form_views.draft_list, name="drafts"),
    path("drafts/<uuid:token>/discard/", form_views.discard, name="discard_draft"),
    path("tickets/", ticket_views.my_tickets, name="tickets"),
    path("tickets/open/", ticket_views.track, name="track"),
    path("tickets/<str:number>/", ticket_views.ticket_page, name="ticket"),
    path("tickets/<str:number>/receipt/", ticket_views.receipt, name="receipt"),
    path("tickets/<str:number>/add/", ticket_views.add, name="add"),
    path("tickets/<str:number>/text/", ticket_views.as_text, name="text"),
    path("tickets/<str:number>/<slug:what>/", ticket_views.act, name="act"),
]
