-- The sample shop, in words that PostgreSQL and SQLite both understand.

create table customers (
    id integer primary key,
    first_name text not null,
    last_name text not null,
    email text not null unique,
    phone text,
    country text not null,
    created_at timestamp not null,
    birth_date date,
    newsletter boolean not null,
    segment text not null check (segment in ('consumer', 'business', 'vip'))
);

create table addresses (
    id integer primary key,
    customer_id integer not null references customers (id),
    kind text not null check (kind in ('billing', 'shipping')),
    street text not null,
    city text not null,
    postal_code text not null,
    country text not null
);
create index addresses_customer_id on addresses (customer_id);

create table categories (
    id integer primary key,
    name text not null unique,
    parent_id integer references categories (id)
);
create index categories_parent_id on categories (parent_id);

create table suppliers (
    id integer primary key,
    name text not null unique,
    country text not null,
    email text not null,
    rating numeric(2, 1) not null check (rating between 1 and 5)
);

create table products (
    id integer primary key,
    name text not null unique,
    sku text not null unique,
    category_id integer not null references categories (id),
    supplier_id integer not null references suppliers (id),
    price numeric(10, 2) not null check (price > 0),
    cost numeric(10, 2) not null check (cost > 0),
    stock integer not null check (stock >= 0),
    active boolean not null,
    created_at timestamp not null
);
create index products_category_id on products (category_id);
create index products_supplier_id on products (supplier_id);

create table carts (
    id integer primary key,
    customer_id integer not null references customers (id),
    created_at timestamp not null,
    status text not null check (status in ('open', 'ordered', 'abandoned'))
);
create index carts_customer_id on carts (customer_id);

create table cart_items (
    id integer primary key,
    cart_id integer not null references carts (id),
    product_id integer not null references products (id),
    quantity integer not null check (quantity > 0),
    added_at timestamp not null
);
create index cart_items_cart_id on cart_items (cart_id);
create index cart_items_product_id on cart_items (product_id);

create table orders (
    id integer primary key,
    customer_id integer not null references customers (id),
    shipping_address_id integer not null references addresses (id),
    status text not null check (status in ('pending', 'paid', 'shipped', 'delivered', 'cancelled')),
    ordered_at timestamp not null,
    shipped_at timestamp,
    total numeric(10, 2) not null,
    currency text not null,
    channel text not null check (channel in ('web', 'app', 'phone', 'marketplace')),
    coupon_code text
);
create index orders_customer_id on orders (customer_id);
create index orders_shipping_address_id on orders (shipping_address_id);
create index orders_ordered_at on orders (ordered_at);

create table order_lines (
    id integer primary key,
    order_id integer not null references orders (id),
    product_id integer not null references products (id),
    quantity integer not null check (quantity > 0),
    unit_price numeric(10, 2) not null,
    discount numeric(10, 2) not null
);
create index order_lines_order_id on order_lines (order_id);
create index order_lines_product_id on order_lines (product_id);

create table payments (
    id integer primary key,
    order_id integer not null references orders (id),
    method text not null check (method in ('credit card', 'paypal', 'invoice', 'bank transfer')),
    amount numeric(10, 2) not null,
    status text not null check (status in ('pending', 'paid', 'failed', 'refunded')),
    paid_at timestamp
);
create index payments_order_id on payments (order_id);

create table returns (
    id integer primary key,
    order_line_id integer not null references order_lines (id),
    reason text not null,
    quantity integer not null check (quantity > 0),
    refunded_amount numeric(10, 2) not null,
    status text not null check (status in ('requested', 'approved', 'refunded', 'rejected')),
    created_at timestamp not null
);
create index returns_order_line_id on returns (order_line_id);

create table reviews (
    id integer primary key,
    product_id integer not null references products (id),
    customer_id integer not null references customers (id),
    rating integer not null check (rating between 1 and 5),
    title text not null,
    body text,
    created_at timestamp not null
);
create index reviews_product_id on reviews (product_id);
create index reviews_customer_id on reviews (customer_id);
