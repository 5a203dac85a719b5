import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from shops.models import Shop
from tests.factories import OrderFactory, ProductFactory, ShopFactory, UserFactory


def test_the_home_page_shows_open_shops_with_something_on_sale(client: Client, shop: Shop) -> None:
    ProductFactory(shop=shop, title="Ash-glaze mug")
    ShopFactory(name="Empty Shelves")
    page = client.get(reverse("storefront:home")).content.decode()
    assert "Northfield Ceramics" in page
    assert "Ash-glaze mug" in page
    assert "Empty Shelves" not in page


def test_a_closed_shop_has_no_page(client: Client, db: None) -> None:
    shop = ShopFactory(status="closed")
    assert client.get(reverse("storefront:shop", args=[shop.slug])).status_code == 404


def test_a_product_page_escapes_what_the_shop_wrote(client: Client, shop: Shop) -> None:
    product = ProductFactory(shop=shop, title="<script>alert(1)</script>", description="<b>bold</b>")
    page = client.get(reverse("storefront:product", args=[shop.slug, product.slug])).content.decode()
    assert "<script>alert(1)</script>" not in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page


def test_an_order_opens_for_its_customer_only(client: Client, customer: User, shop: Shop) -> None:
    order = OrderFactory(customer=customer, shop=shop)
    address = reverse("storefront:order", args=[order.number])
    assert client.get(address).status_code == 302
    client.force_login(customer)
    assert client.get(address).status_code == 200
    client.force_login(UserFactory())
    refused = client.get(address)
    assert refused.status_code == 404
    assert (
        "No such order." in refused.content.decode() or "nothing at this address" in refused.content.decode()
    )


def test_an_order_leads_to_the_shop_to_the_platform_and_to_the_articles(
    client: Client, customer: User, shop: Shop
) -> None:
    order = OrderFactory(customer=customer, shop=shop)
    client.force_login(customer)
    page = client.get(reverse("storefront:order", args=[order.number])).content.decode()
    exits = page[page.index('class="exits"') : page.index("</aside>")]
    assert f'action="{reverse("customer:start", args=[shop.slug])}?order={order.number}"' in exits
    assert f'href="{reverse("helpcenter:new_ticket")}?order={order.number}"' in exits
    assert f'href="{reverse("helpcenter:home")}"' in exits


@pytest.mark.parametrize("role_page", ["account_login", "account_signup", "account_reset_password"])
def test_account_pages_have_no_inline_style_or_script(client: Client, db: None, role_page: str) -> None:
    page = client.get(reverse(role_page)).content.decode()
    assert " style=" not in page
    assert "<style" not in page
    assert "onclick" not in page


def test_pages_forbid_scripts_and_styles_that_are_not_ours(client: Client, db: None) -> None:
    policy = client.get(reverse("storefront:home")).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy


@pytest.mark.parametrize(
    ("who", "place"),
    [
        ("customer", "/"),
        ("agent", "/seller/northfield/messages/"),
        ("reviewer", "/console/cases/"),
    ],
)
def test_people_land_at_their_work_after_logging_in(
    client: Client, request: pytest.FixtureRequest, who: str, place: str
) -> None:
    client.force_login(request.getfixturevalue(who))
    assert client.get(reverse("storefront:landing")).headers["Location"] == place


def test_the_style_guide_is_for_staff(client: Client, customer: User, reviewer: User) -> None:
    client.force_login(customer)
    assert client.get(reverse("ops:styleguide")).status_code == 403
    client.force_login(reviewer)
    assert client.get(reverse("ops:styleguide")).status_code == 200
