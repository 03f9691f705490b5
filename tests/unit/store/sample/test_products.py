from store.sample.demand import LAST_MOMENT
from store.sample.product_data import DEPARTMENTS, MAX_PRICES
from tests.unit.store.sample.conftest import Shop


def test_every_product_earns_money(shop: Shop) -> None:
    assert all(product.price > product.cost > 0 for product in shop["products"])


def test_small_things_are_cheap(shop: Shop) -> None:
    tongs = [product.price for product in shop["products"] if product.name.endswith("Grill Tongs")]
    assert tongs
    assert max(tongs) < 25
    nouns = {
        noun for department in DEPARTMENTS for category in department.categories for noun in category.nouns
    }
    assert set(MAX_PRICES) <= nouns


def test_no_two_products_share_a_name_or_a_number(shop: Shop) -> None:
    products = shop["products"]
    assert len({product.name for product in products}) == len(products)
    assert len({product.sku for product in products}) == len(products)


def test_products_belong_to_lower_categories_and_every_one_has_some(shop: Shop) -> None:
    lower = {category.id for category in shop["categories"] if category.parent_id}
    assert {product.category_id for product in shop["products"]} == lower


def test_departments_come_before_what_is_below_them(shop: Shop) -> None:
    assert all(category.parent_id < category.id for category in shop["categories"] if category.parent_id)
    assert 8 <= sum(category.parent_id is None for category in shop["categories"]) <= 12


def test_every_supplier_has_a_name_of_its_own(shop: Shop) -> None:
    assert len({supplier.name for supplier in shop["suppliers"]}) == len(shop["suppliers"])


def test_what_was_taken_out_of_the_range_is_not_in_stock(shop: Shop) -> None:
    gone = [product for product in shop["products"] if not product.active]
    assert gone
    assert all(product.stock == 0 for product in gone)


def test_products_came_into_the_shop_in_its_lifetime(shop: Shop) -> None:
    assert all(product.created_at <= LAST_MOMENT for product in shop["products"])
