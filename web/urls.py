"""Pages for people, by audience. Each audience keeps its own list."""

from django.urls import include, path

urlpatterns = [
    path("", include("web.storefront.urls")),
    path("account/", include("web.account.urls")),
    path("chats/", include("web.customer.urls")),
    path("seller/", include("web.seller.urls")),
    path("console/", include("web.console.urls")),
    path("help/", include("web.helpcenter.urls")),
    path("support/", include("web.support.urls")),
    path("", include("web.ops.urls")),
]
