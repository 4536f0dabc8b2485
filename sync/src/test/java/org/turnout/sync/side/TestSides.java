package org.turnout.sync.side;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.turnout.config.HostPort;
import org.turnout.config.RouteName;
import org.turnout.config.Secret;
import org.turnout.config.Side;
import org.turnout.config.SideConfig;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.PostgresServer;

/** Sides on embedded databases, and schemas to fill them with. */
public final class TestSides {
  public static final RouteName ROUTE = new RouteName("shop");

  private TestSides() {}

  /** A side that connects as the superuser. */
  public static PostgresSide of(Side side, PostgresDatabase database) {
    return of(
        side,
        database,
        PostgresServer.SUPERUSER,
        Optional.of(new Secret(database.server().superuserPassword())));
  }

  /** A side that connects as a role. */
  public static PostgresSide of(
      Side side, PostgresDatabase database, String role, Optional<Secret> password) {
    HostPort address = new HostPort(database.server().host(), database.server().port());
    return new PostgresSide(ROUTE, side, new SideConfig(address, database.name(), role, password));
  }

  /** A file of {@code src/test/resources/org/turnout/sync}. */
  public static String sql(String name) {
    try (InputStream stream = TestSides.class.getResourceAsStream("/org/turnout/sync/" + name)) {
      if (stream == null) {
        throw new IllegalArgumentException("no resource " + name);
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
