-- A shop with traps beside it: whatever writes, writes into audit_log, which must stay empty.
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE DOMAIN price AS numeric(10, 2);
CREATE TABLE customers (
    id serial PRIMARY KEY, name text NOT NULL, email text UNIQUE, city text, mood mood, tags text[], meta jsonb
);
COMMENT ON TABLE customers IS 'Who buys';
COMMENT ON COLUMN customers.city IS 'Where they live';
CREATE TABLE orders (
    id serial PRIMARY KEY, customer_id int REFERENCES customers, total price, placed date, spent interval,
    shipped timestamptz, code uuid, raw bytea
);
CREATE TABLE order_items (order_id int REFERENCES orders, line int, PRIMARY KEY (order_id, line));
CREATE TABLE returns (order_id int, line int, FOREIGN KEY (order_id, line) REFERENCES order_items);
CREATE TABLE readings (at date, value int) PARTITION BY RANGE (at);
CREATE TABLE readings_2024 PARTITION OF readings FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE "Odd ""Table" ("select" int, "a b" text);
CREATE VIEW big_orders AS SELECT * FROM orders WHERE total > 10;
CREATE MATERIALIZED VIEW cities AS SELECT DISTINCT city FROM customers;
CREATE SCHEMA hidden;
CREATE TABLE hidden.salaries (id int, amount int);
CREATE TABLE secrets (v text);
CREATE TABLE audit_log (id serial, msg text);
CREATE SEQUENCE numbers;
INSERT INTO customers (name, email, city, mood, tags, meta) SELECT
    'c' || i, 'c' || i || '@x.io', (ARRAY['Paris', 'Rome', NULL])[1 + i % 3], 'glad', ARRAY['a', 'b'],
    jsonb_build_object('vip', i % 2 = 0) FROM generate_series(1, 30) AS i;
INSERT INTO orders (customer_id, total, placed, spent, shipped, code, raw) SELECT
    1 + i % 30, i * 1.5, date '2024-01-01' + i, i * interval '1 hour', timestamptz '2024-01-01 12:00+00',
    '6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b', '\x00ff' FROM generate_series(1, 200) AS i;
INSERT INTO secrets VALUES ('TOPSECRET');
CREATE FUNCTION danger(t text) RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS
    $$BEGIN INSERT INTO public.audit_log (msg) VALUES (t); RETURN 1; END$$;
CREATE FUNCTION lower(customers) RETURNS int LANGUAGE sql AS $$SELECT public.danger('overload')$$;
CREATE FUNCTION attr_danger(customers) RETURNS int LANGUAGE sql AS $$SELECT public.danger('attribute')$$;
CREATE FUNCTION op_danger(int, int) RETURNS int LANGUAGE sql AS $$SELECT public.danger('operator')$$;
CREATE OPERATOR public.@#@ (LEFTARG = int, RIGHTARG = int, FUNCTION = op_danger);
ANALYZE customers, orders;
