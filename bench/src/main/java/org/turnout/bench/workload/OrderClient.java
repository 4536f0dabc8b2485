package org.turnout.bench.workload;

import java.math.BigDecimal;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Places, changes and cancels orders of several lines in partitions, beside changes of prices,
 * customers and their arrays and documents. An order's total is always the sum of its lines.
 */
final class OrderClient extends Client {
  private static final String ORDER =
      "INSERT INTO shop_order (customer_id, total, shipping, placed_at)"
          + " VALUES (?, ?, ?::jsonb, timestamptz '2024-12-31 12:00+00' + ? * interval '1 minute')"
          + " RETURNING id, placed_at";
  private static final String LINE =
      "INSERT INTO order_line (order_id, placed_at, sku, quantity, amount, attributes)"
          + " VALUES (?, ?, ?, ?, ?, ?::jsonb)";
  private static final String STATE =
      "UPDATE shop_order SET state = ?::order_state WHERE id = ? AND placed_at = ?";
  private static final String SUM =
      "SELECT o.total - coalesce(sum(l.amount), 0) FROM shop_order o"
          + " LEFT JOIN order_line l ON l.order_id = o.id AND l.placed_at = o.placed_at"
          + " WHERE o.id = ? AND o.placed_at = ? GROUP BY o.total";
  private static final String REMOVE_LINES =
      "DELETE FROM order_line WHERE order_id = ? AND placed_at = ? AND quantity > 1";
  private static final String TOTAL =
      "UPDATE shop_order SET total = (SELECT coalesce(sum(amount), 0) FROM order_line"
          + " WHERE order_id = shop_order.id AND order_line.placed_at = shop_order.placed_at)"
          + " WHERE id = ? AND placed_at = ?";
  private static final String CANCEL = "DELETE FROM shop_order WHERE id = ? AND placed_at = ?";
  private static final String PRICE =
      "INSERT INTO price (sku, region, net, valid) VALUES (?, ?, ?, daterange('2024-01-01', NULL))"
          + " ON CONFLICT (sku, region) DO UPDATE"
          + " SET net = excluded.net, history = price.net || price.history[1:9]";
  private static final String RENAME = "UPDATE price SET sku = ? WHERE sku = ?";
  private static final String CUSTOMER =
      "UPDATE customer SET profile = jsonb_set(profile, '{seen}', to_jsonb(?::int)),"
          + " tags = array_append(tags[1:5], ?::text) WHERE id = ?";

  private final int client;
  private final Shop shop;
  private final RandomGenerator random;
  private int cycles;

  private record Order(long id, Timestamp placedAt) {}

  OrderClient(int client, Surroundings surroundings, Shop shop, RandomGenerator random) {
    super("order-" + client, surroundings, Long.MAX_VALUE);
    this.client = client;
    this.shop = shop;
    this.random = random;
  }

  @Override
  void open(Session session) {}

  @Override
  void cycle(Session session) throws SQLException {
    cycles++;
    Order order = place(session);
    session.update(STATE, "paid", order.id(), order.placedAt());
    tally().acknowledged();
    checkTotal(session, order);
    if (cycles % 3 == 0) {
      shorten(session, order);
      checkTotal(session, order);
    }
    if (cycles % 7 == 0 && session.update(CANCEL, order.id(), order.placedAt()) != 1) {
      tally().broken(name() + " cannot find its order " + order.id());
    }
    changePrices(session);
    session.update(CUSTOMER, cycles, "tag " + cycles, 1 + client * 1000 + random.nextInt(1000));
    tally().acknowledged();
  }

  private Order place(Session session) throws SQLException {
    int count = 1 + random.nextInt(4);
    List<BigDecimal> amounts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      amounts.add(BigDecimal.valueOf(100 + random.nextInt(9_900), 2));
    }
    session.begin();
    Order order =
        session.one(
            ORDER,
            row -> new Order(row.getLong(1), row.getTimestamp(2)),
            1 + random.nextInt(shop.orderable()),
            amounts.stream().reduce(BigDecimal.ZERO, BigDecimal::add),
            "{\"city\": \"Zürich\", \"floor\": null}",
            random.nextInt(100_000));
    List<Object[]> lines = new ArrayList<>();
    for (BigDecimal amount : amounts) {
      String sku = "sku-" + (1 + random.nextInt(shop.orderable()));
      int quantity = 1 + random.nextInt(3);
      lines.add(
          new Object[] {order.id(), order.placedAt(), sku, quantity, amount, "{\"gift\": false}"});
    }
    session.batch(LINE, lines);
    session.commit();
    tally().acknowledged();
    return order;
  }

  private void shorten(Session session, Order order) throws SQLException {
    session.begin();
    session.update(REMOVE_LINES, order.id(), order.placedAt());
    session.update(TOTAL, order.id(), order.placedAt());
    session.commit();
    tally().acknowledged();
  }

  /** One statement, so one state: on either side the difference must be nothing. */
  private void checkTotal(Session session, Order order) throws SQLException {
    try {
      BigDecimal difference =
          session.one(SUM, row -> row.getBigDecimal(1), order.id(), order.placedAt());
      if (difference.signum() != 0) {
        tally().broken(name() + ": order " + order.id() + " differs by " + difference);
      }
    } catch (Session.MissingRowException e) {
      tally().stale(name() + " does not see its order " + order.id());
    }
  }

  private void changePrices(Session session) throws SQLException {
    String sku = "sku-" + (1 + random.nextInt(shop.orderable()));
    session.update(PRICE, sku, "eu", BigDecimal.valueOf(random.nextInt(100_000), 4));
    tally().acknowledged();
    if (cycles % 5 == 0) {
      String own = "own-" + client + "-";
      session.update(PRICE, own + cycles, "uk", BigDecimal.ONE);
      if (session.update(RENAME, own + "renamed-" + cycles, own + cycles) != 1) {
        tally().broken(name() + " cannot find its price " + own + cycles);
      }
      tally().acknowledged();
    }
  }
}
