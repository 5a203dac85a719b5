from django.urls import path

from tickets import api

app_name = "tickets_api"
urlpatterns = [
    path("tickets/", api.Tickets.as_view(), name="tickets"),
    path("tickets/similar/", api.Similar.as_view(), name="similar"),
    path("tickets/categories/", api.Categories.as_view(), name="categories"),
    path("tickets/inbound-mail/", api.InboundMailHook.as_view(), name="inbound_mail"),
    path("tickets/<str:number>/", api.OneTicket.as_view(), name="ticket"),
    path("tickets/<str:number>/additions/", api.TicketAdditions.as_view(), name="additions"),
    path("tickets/<str:number>/solved/", api.TicketSolved.as_view(), name="solved"),
    path("tickets/<str:number>/rating/", api.TicketRating.as_view(), name="rating"),
    path("help/search/", api.HelpSearch.as_view(), name="search"),
    path("help/suggest/", api.HelpSuggest.as_view(), name="suggest"),
    path("help/articles/<slug:slug>/", api.HelpArticle.as_view(), name="article"),
]
