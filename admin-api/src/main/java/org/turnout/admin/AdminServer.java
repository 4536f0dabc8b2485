package org.turnout.admin;

import io.javalin.Javalin;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.admin.metrics.RouteMetrics;
import org.turnout.admin.rest.Readiness;
import org.turnout.admin.rest.RestApi;
import org.turnout.admin.rest.RouteDirectory;
import org.turnout.config.AdminConfig;
import org.turnout.config.HostPort;
import org.turnout.config.RouteConfig;
import org.turnout.migration.Route;

/** The HTTP server of the operator: REST API, metrics, probes. */
public final class AdminServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AdminServer.class);

  private final Javalin server;
  private final RestApi api;
  private final HostPort address;

  private AdminServer(Javalin server, RestApi api, HostPort address) {
    this.server = server;
    this.api = api;
    this.address = address;
  }

  /**
   * Starts to listen.
   *
   * @param routes each route with the configuration that it was made from
   * @throws StartException when the address cannot be listened on; nothing is left behind then
   */
  public static AdminServer start(
      AdminConfig config, Map<Route, RouteConfig> routes, Readiness readiness)
      throws StartException {
    RouteDirectory directory = new RouteDirectory(routes);
    RouteMetrics metrics = new RouteMetrics(directory.routes());
    RestApi api = new RestApi(directory, config.token(), readiness, metrics::scrape);
    Javalin server =
        Javalin.create(
            it -> {
              it.startup.showJavalinBanner = false;
              it.startup.startupWatcherEnabled = false;
              // Jetty else takes a header for one that came before if they differ in case only,
              // and a token is what its case makes of it.
              it.jetty.modifyHttpConfiguration(http -> http.setHeaderCacheCaseSensitive(true));
              api.register(it);
            });
    HostPort listen = config.listen();
    try {
      server.start(listen.host(), listen.port());
    } catch (RuntimeException e) {
      server.stop();
      throw new StartException(listen, e);
    }
    HostPort address = new HostPort(listen.host(), server.port());
    LOG.info("admin API listens on {}", address);
    return new AdminServer(server, api, address);
  }

  /** Where it listens, with the port that the system chose if it was asked to. */
  public HostPort address() {
    return address;
  }

  @Override
  public void close() {
    api.close();
    server.stop();
  }

  /** The admin API cannot listen where it should. */
  public static final class StartException extends Exception {
    StartException(HostPort listen, Throwable cause) {
      super("the admin API cannot listen on " + listen + ": " + reason(cause), cause);
    }

    private static String reason(Throwable cause) {
      Throwable deepest = cause;
      while (deepest.getCause() != null) {
        deepest = deepest.getCause();
      }
      return String.valueOf(deepest.getMessage());
    }
  }
}
