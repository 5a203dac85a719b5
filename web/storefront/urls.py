from django.urls import path

from web.storefront import views

app_name = "storefront"
urlpatterns = [
    path("", views.home, name="home"),
    path("shop/<slug:slug>/", views.shop_page, name="shop"),
    path("shop/<slug:slug>/p/<slug:product_slug>/", views.product_page, name="product"),
    path("welcome/", views.landing, name="landing"),
    path("orders/", views.orders, name="orders"),
    path("orders/<str:number>/", views.order_page, name="order"),
]
