-- Some hundred thousand rows, the same in every run but for the random contents of documents.
SET session_replication_role = replica;

INSERT INTO customer (email, name, tags, profile, credit_limit, newsletter, last_address, created_at)
SELECT 'customer' || n || '@example.org', 'Customer ' || n || ' Łódź ' || repeat('x', n % 7),
  ARRAY['t' || n % 10, 'größe ' || n % 3, NULL],
  jsonb_build_object('age', n % 90, 'nested', jsonb_build_array(n, NULL, n / 7.0), 'text', 'naïve "quoted"'),
  CASE WHEN n % 5 = 0 THEN NULL ELSE n * 1.25 END, n % 2 = 0,
  ('10.' || n % 200 || '.' || n % 250 || '.1')::inet, timestamptz '2023-01-01 00:00+00' + n * interval '37 minutes'
FROM generate_series(1, 20000) n;

INSERT INTO account (id, customer_id, balance, opening_balance)
SELECT n, n, 1000 + n, 1000 + n FROM generate_series(1, 1000) n;

INSERT INTO price (sku, region, net, valid, history)
SELECT 'sku-' || n, r, n / 8.0, daterange('2024-01-01', NULL), ARRAY[n / 9.0, n / 10.0]
FROM generate_series(1, 4000) n, unnest(ARRAY['eu', 'us']) r;

INSERT INTO shop_order (id, customer_id, state, total, shipping, placed_at)
SELECT n, 1 + n % 20000, (enum_range(NULL::order_state))[1 + n % 5], 30 + n % 100,
  CASE WHEN n % 3 = 0 THEN NULL ELSE jsonb_build_object('city', 'Zürich', 'zip', n) END,
  timestamptz '2023-01-01 00:00+00' + n * interval '15 minutes'
FROM generate_series(1, 100000) n;

INSERT INTO order_line (order_id, placed_at, sku, quantity, amount, attributes)
SELECT id, placed_at, 'sku-' || 1 + id % 4000, 1 + id % 9, 30, NULL::jsonb FROM shop_order
UNION ALL
SELECT id, placed_at, 'sku-' || 1 + id % 777, 1, id % 100, '{"gift": true}' FROM shop_order;

INSERT INTO document (id, customer_id, digest, content)
SELECT id, id, md5(content), content
FROM (
  SELECT n AS id, (
    SELECT string_agg(decode(md5(random()::text || n || k), 'hex'), ''::bytea)
    FROM generate_series(1, 600 + n % 1000) k) AS content
  FROM generate_series(1, 300) n) AS made;

INSERT INTO ledger_entry (client, number, payload, amounts, weight, spent)
SELECT 0, n, 'before ' || n, ARRAY[n, n / 3.0], sqrt(n), n * interval '1 second'
FROM generate_series(1, 20000) n;

INSERT INTO audit.event (kind, detail)
SELECT 'imported', jsonb_build_object('row', n, 'ratio', n / 3.0) FROM generate_series(1, 50000) n;

RESET session_replication_role;
ANALYZE;
