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
  private final ExpectedRows expected = new ExpectedRows();
  private int cycles;

  private record Order(long id, Timestamp placedAt, BigDecimal total, BigDecimal single) {
    /**
     * The order as it is expected.
     *
     * @param sum the total, or that of its lines of one piece
     */
    String as(String state, BigDecimal sum) {
      return state + " " + plain(sum);
    }

    String row() {
      return "order " + id;
    }
  }

  private static String plain(BigDecimal number) {
    // Zero is the one number that keeps its scale otherwise.
    return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
  }

  OrderClient(int client, Surroundings surroundings, Shop shop, RandomGenerator random) {
    super("order-" + client, surroundings, Long.MAX_VALUE);
    this.client = client;
    this.shop = shop;
    this.random = random;
  }

  /** Every order, price and customer that it changed. */
  ExpectedRows expected() {
    return expected;
  }

  @Override
  void open(Session session) {}

  @Override
  void cycle(Session session) throws SQLException {
    cycles++;
    Order order = place(session);
    String paid = order.as("paid", order.total());
    change(session, order.row(), paid, STATE, "paid", order.id(), order.placedAt());
    checkTotal(session, order);
    if (cycles % 3 == 0) {
      shorten(session, order);
      checkTotal(session, order);
    }
    if (cycles % 7 == 0) {
      change(session, order.row(), ExpectedRows.GONE, CANCEL, order.id(), order.placedAt());
    }
    changePrices(session);
    int customer = 1 + client * 1000 + random.nextInt(1000);
    String seen = String.valueOf(cycles);
    change(session, "customer " + customer, seen, CUSTOMER, cycles, "tag " + cycles, customer);
  }

  /** Changes one row, which must be there. */
  private void change(Session session, String row, String value, String sql, Object... arguments)
      throws SQLException {
    expected.asked(row, value);
    if (session.update(sql, arguments) == 1) {
      expected.acknowledged(row, value);
      tally().acknowledged();
    } else {
      tally().broken(name() + " cannot find its row: " + row);
    }
  }

  private Order place(Session session) throws SQLException {
    int count = 1 + random.nextInt(4);
    List<BigDecimal> amounts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      amounts.add(BigDecimal.valueOf(100 + random.nextInt(9_900), 2));
    }
    BigDecimal total = amounts.stream().reduce(BigDecimal.ZERO, BigDecimal::add);
    BigDecimal single = BigDecimal.ZERO;
    List<Object[]> lines = new ArrayList<>();
    for (BigDecimal amount : amounts) {
      String sku = "sku-" + (1 + random.nextInt(shop.orderable()));
      int quantity = 1 + random.nextInt(3);
      single = quantity == 1 ? single.add(amount) : single;
      lines.add(new Object[] {null, null, sku, quantity, amount, "{\"gift\": false}"});
    }
    BigDecimal shortened = single;
    session.begin();
    Order order =
        session.one(
            ORDER,
            row -> new Order(row.getLong(1), row.getTimestamp(2), total, shortened),
            1 + random.nextInt(shop.orderable()),
            total,
            "{\"city\": \"Zürich\", \"floor\": null}",
            random.nextInt(100_000));
    for (Object[] line : lines) {
      line[0] = order.id();
      line[1] = order.placedAt();
    }
    session.batch(LINE, lines);
    expected.asked(order.row(), order.as("new", total));
    session.commit();
    expected.acknowledged(order.row(), order.as("new", total));
    tally().acknowledged();
    return order;
  }

  private void shorten(Session session, Order order) throws SQLException {
    session.begin();
    session.update(REMOVE_LINES, order.id(), order.placedAt());
    if (session.update(TOTAL, order.id(), order.placedAt()) != 1) {
      tally().broken(name() + " cannot find its order " + order.id());
    }
    String shortened = order.as("paid", order.single());
    expected.asked(order.row(), shortened);
    session.commit();
    expected.acknowledged(order.row(), shortened);
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
    BigDecimal net = BigDecimal.valueOf(random.nextInt(100_000), 4);
    change(session, "price " + sku + " eu", plain(net), PRICE, sku, "eu", net);
    if (cycles % 5 == 0) {
      String old = "own-" + client + "-" + cycles;
      String renamed = "own-" + client + "-renamed-" + cycles;
      change(session, "price " + old + " uk", "1", PRICE, old, "uk", BigDecimal.ONE);
      expected.asked("price " + old + " uk", ExpectedRows.GONE);
      change(session, "price " + renamed + " uk", "1", RENAME, renamed, old);
      expected.acknowledged("price " + old + " uk", ExpectedRows.GONE);
    }
  }
}
