-- Tables of every kind that the copy has to move, with rows that break careless copies.
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN percentage AS numeric(5, 2) CHECK (VALUE BETWEEN 0 AND 100);
CREATE DOMAIN feeling AS mood;
CREATE TYPE place AS (street text, number int, mood mood);

CREATE TABLE customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  mood mood,
  moods mood[],
  feeling feeling,
  discount percentage,
  home place,
  attributes jsonb,
  raw json,
  tags text[],
  matrix int[][],
  balance numeric,
  ratio double precision,
  small real,
  born date,
  seen timestamptz,
  local timestamp,
  span interval,
  active boolean,
  token uuid,
  address inet,
  bits bit varying(12),
  during tstzrange,
  relation regclass,
  picture bytea,
  letters char(5),
  name_length int GENERATED ALWAYS AS (length(name)) STORED
);
ALTER TABLE customers ALTER COLUMN picture SET STORAGE EXTERNAL;
CREATE INDEX ON customers (name);

INSERT INTO customers (name, mood, moods, feeling, discount, home, attributes, raw, tags, matrix,
    balance, ratio, small, born, seen, local, span, active, token, address, bits, during, relation,
    picture, letters)
VALUES
  ('plain', 'ok', '{sad,happy}', 'sad', 12.5, ('a street', 3, 'ok'), '{"a": [1, 2.50]}', '{"b":1,"b":2}',
   '{a,"b c",NULL,""}', '{{1,2},{3,4}}', 123.4500, 0.1, 0.1, '2024-02-29', '2024-03-31 01:30:00+00',
   '2024-03-31 02:30:00', '1 mon -3 days 04:05:06.789', true, '00112233-4455-6677-8899-aabbccddeeff',
   '2001:db8::1/64', B'1011', '[2024-01-01 00:00+00,)', 'pg_catalog.pg_class', '\x00ff', 'ab'),
  (E'tab\tnewline\nback\\slash', NULL, '{}', NULL, NULL, NULL, 'null', 'null', '{}', '{}',
   'NaN', 'NaN', '-Infinity', 'infinity', '-infinity', 'infinity', '-1 year', false, NULL, NULL, B'',
   'empty', NULL, '', ''),
  ('', 'sad', NULL, 'happy', 0, ('', NULL, NULL), '"\u00e9\u4e2d"', '""', '{"\\N"}', NULL,
   -0.000000000000000000000000000001, 'Infinity', 1e-40, '-infinity', 'infinity', '-infinity', '0', NULL,
   NULL, '10.0.0.1', NULL, '(,)', 'customers', decode(repeat('00112233445566778899', 30000), 'hex'),
   '\N');
INSERT INTO customers (name, mood, balance, picture)
  SELECT 'customer ' || n, (ARRAY['sad', 'ok', 'happy']::mood[])[n % 3 + 1], n * 1.10,
         CASE WHEN n % 50 = 0 THEN decode(repeat(md5(n::text), 500), 'hex') END
    FROM generate_series(1, 2000) n;

CREATE TABLE orders (
  id serial,
  customer bigint NOT NULL REFERENCES customers,
  placed timestamptz NOT NULL DEFAULT now(),
  total numeric(12, 2) NOT NULL,
  PRIMARY KEY (id, placed)
) PARTITION BY RANGE (placed);
CREATE TABLE orders_2024 PARTITION OF orders FOR VALUES FROM ('2024-01-01 00:00+00') TO ('2025-01-01 00:00+00');
CREATE TABLE orders_2025 PARTITION OF orders FOR VALUES FROM ('2025-01-01 00:00+00') TO ('2026-01-01 00:00+00')
  PARTITION BY HASH (id);
CREATE TABLE orders_2025_a PARTITION OF orders_2025 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE orders_2025_b PARTITION OF orders_2025 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE orders_rest PARTITION OF orders DEFAULT;
INSERT INTO orders (customer, placed, total)
  SELECT n % 2000 + 1, '2023-12-01 00:00+00'::timestamptz + n * interval '4 hours', n
    FROM generate_series(1, 5000) n;

CREATE SCHEMA "Odd Names";
CREATE TABLE "Odd Names"."Mixed ""Case""" (
  "Key" int NOT NULL,
  "Second Key" text NOT NULL,
  "Value" text,
  CONSTRAINT "a key" UNIQUE ("Key", "Second Key")
);
INSERT INTO "Odd Names"."Mixed ""Case""" SELECT n, 'k' || n, 'v' FROM generate_series(1, 100) n;

CREATE TABLE empty_table (id int PRIMARY KEY, value text);
CREATE TABLE many (id int PRIMARY KEY, value text);
INSERT INTO many SELECT n, repeat('x', n % 200) FROM generate_series(1, 60000) n;
DELETE FROM many WHERE id % 10 = 0;

CREATE SEQUENCE standalone START 1000 INCREMENT 5;
SELECT nextval('standalone'), nextval('standalone');
CREATE SEQUENCE untouched;
CREATE SEQUENCE downwards INCREMENT -1 MINVALUE -1000000 MAXVALUE -1 START -1;
SELECT nextval('downwards');

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  NEW.name := NEW.name || '; touched';
  RETURN NEW;
END
$body$;
CREATE TRIGGER touch BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION touch();
CREATE VIEW happy AS SELECT id, name FROM customers WHERE mood = 'happy';
CREATE MATERIALIZED VIEW totals AS SELECT customer, sum(total) AS total FROM orders GROUP BY customer;
