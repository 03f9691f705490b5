-- Whatever is let in here writes into audit_log, which must stay empty.
CREATE TABLE customers (
    id serial PRIMARY KEY, name text, email text, city text, country text, created_at timestamptz DEFAULT now(),
    tags text[], meta jsonb, tenant_id int DEFAULT 1, "order" int, "Group" text
);
CREATE TABLE orders (
    id serial PRIMARY KEY, customer_id int REFERENCES customers, status text, total numeric(12, 2), order_date date,
    shipped_at timestamptz, items jsonb, tenant_id int DEFAULT 1
);
CREATE TABLE products (id serial PRIMARY KEY, name text, category text, price numeric, attrs jsonb, discontinued bool);
CREATE TABLE order_items (order_id int, product_id int, qty int, unit_price numeric);
CREATE TABLE employees (id serial PRIMARY KEY, name text, manager_id int, salary numeric, dept text, hired date);
CREATE TABLE events (
    id bigserial, ts timestamptz, kind text, payload jsonb, duration interval, ip inet, during tstzrange
);
CREATE TABLE secrets (id int, k text, v text);
INSERT INTO secrets VALUES (1, 'api', 'TOPSECRET');
CREATE SCHEMA hidden;
CREATE TABLE hidden.salaries (id int, amount int);
CREATE TABLE audit_log (id serial, msg text);
CREATE SEQUENCE myseq;
INSERT INTO customers (name) SELECT 'c' || i FROM generate_series(1, 30) AS i;
INSERT INTO orders (customer_id, total) SELECT 1 + i % 30, i FROM generate_series(1, 50) AS i;
CREATE VIEW v_secrets AS SELECT * FROM secrets;
CREATE MATERIALIZED VIEW mv AS SELECT 1 AS a;
CREATE FUNCTION danger_write(t text) RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS
    $$BEGIN INSERT INTO public.audit_log (msg) VALUES (t); RETURN 1; END$$;
CREATE FUNCTION run_sql(q text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS
    $$DECLARE r text; BEGIN EXECUTE q INTO r; RETURN r; END$$;
CREATE VIEW v_sideeffect AS SELECT c.id, danger_write(c.name) AS w FROM customers AS c;
CREATE FUNCTION op_danger(int, int) RETURNS int LANGUAGE sql AS $$SELECT public.danger_write('operator')$$;
CREATE OPERATOR public.@#@ (LEFTARG = int, RIGHTARG = int, FUNCTION = op_danger);
CREATE FUNCTION attr_danger(customers) RETURNS int LANGUAGE sql AS $$SELECT public.danger_write('attribute')$$;
CREATE FUNCTION lower(customers) RETURNS int LANGUAGE sql AS $$SELECT public.danger_write('overload')$$;
CREATE FUNCTION sum_state(int, int) RETURNS int LANGUAGE sql AS $$SELECT public.danger_write('aggregate')$$;
CREATE AGGREGATE public.evil_agg(int) (SFUNC = public.sum_state, STYPE = int, INITCOND = '0');
CREATE TYPE public.t_evil AS (a int);
CREATE FUNCTION cast_danger(text) RETURNS t_evil LANGUAGE sql AS
    $$SELECT ROW(public.danger_write('cast'))::public.t_evil$$;
CREATE CAST (text AS t_evil) WITH FUNCTION cast_danger(text);
