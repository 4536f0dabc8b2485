package org.turnout.admin;

import io.javalin.Javalin;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.util.Map;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;
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
   * Starts to listen; who connects waits until {@link Listener#serve}.
   *
   * @throws StartException when the address cannot be listened on; nothing is left behind then
   */
  public static Listener listen(HostPort address) throws StartException {
    InetSocketAddress at = new InetSocketAddress(address.host(), address.port());
    if (at.isUnresolved()) {
      throw new StartException(address, new UnknownHostException("there is no such host"));
    }
    ServerSocketChannel socket = null;
    try {
      socket = ServerSocketChannel.open();
      socket.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      socket.bind(at);
      return new Listener(socket, new HostPort(address.host(), socket.socket().getLocalPort()));
    } catch (IOException e) {
      StartException failure = new StartException(address, e);
      close(socket, failure);
      throw failure;
    }
  }

  private static void close(@Nullable ServerSocketChannel socket, Exception because) {
    try {
      if (socket != null) {
        socket.close();
      }
    } catch (IOException e) {
      because.addSuppressed(e);
    }
  }

  /** The address of an admin API that is still to be served, or given up by closing it. */
  public static final class Listener implements AutoCloseable {
    private final ServerSocketChannel socket;
    private final HostPort address;

    private Listener(ServerSocketChannel socket, HostPort address) {
      this.socket = socket;
      this.address = address;
    }

    /**
     * Serves who connects.
     *
     * @param routes each route with the configuration that it was made from
     */
    public AdminServer serve(
        AdminConfig config, Map<Route, RouteConfig> routes, Readiness readiness) {
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
                it.jetty.addConnector(this::connector);
                api.register(it);
              });
      try {
        server.start();
      } catch (RuntimeException e) {
        server.stop();
        AdminServer.close(socket, e);
        throw e;
      }
      LOG.info("admin API listens on {}", address);
      return new AdminServer(server, api, address);
    }

    /** Does nothing once the server has closed what it serves. */
    @Override
    public void close() throws IOException {
      socket.close();
    }

    private Connector connector(Server server, HttpConfiguration http) {
      ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
      try {
        connector.open(socket);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return connector;
    }
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
