"""Rows for tests, with just enough in them."""

import factory
from django.utils import timezone

from accounts.models import User
from chat.models import Conversation
from shops.models import Order, OrderLine, Product, Shop, ShopMember

PASSWORD = "correct-horse-battery"


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    display_name = factory.Sequence(lambda n: f"Person{n} Example")
    password = factory.django.Password(PASSWORD)


class ShopFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Shop

    slug = factory.Sequence(lambda n: f"shop-{n}")
    name = factory.Sequence(lambda n: f"Shop {n}")
    time_zone = "America/Chicago"


class ShopMemberFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ShopMember

    shop = factory.SubFactory(ShopFactory)
    user = factory.SubFactory(UserFactory)
    role = "agent"


class ProductFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Product

    shop = factory.SubFactory(ShopFactory)
    slug = factory.Sequence(lambda n: f"product-{n}")
    title = factory.Sequence(lambda n: f"Mug {n}")
    price_cents = 1800


class OrderFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Order

    number = factory.Sequence(lambda n: f"48197-{n:04}")
    shop = factory.SubFactory(ShopFactory)
    customer = factory.SubFactory(UserFactory)
    placed_at = factory.LazyFunction(timezone.now)
    total_cents = 1800


class ConversationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Conversation

    customer = factory.SubFactory(UserFactory)
    shop = factory.SubFactory(ShopFactory)


class OrderLineFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = OrderLine

    order = factory.SubFactory(OrderFactory)
    product = factory.SubFactory(ProductFactory)
    title = factory.SelfAttribute("product.title")
    price_cents = 1800
