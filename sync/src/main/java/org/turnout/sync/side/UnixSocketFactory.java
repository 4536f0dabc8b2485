package org.turnout.sync.side;

import java.net.Socket;
import java.nio.file.Path;

/**
 * Connects the driver to the Unix socket of a server: what the driver makes by name, for each
 * connection and again for its requests to cancel. The host and port that the driver connects to
 * mean nothing. Safe for any thread.
 */
public final class UnixSocketFactory extends LateSocketFactory {
  private final Path path;

  /**
   * Called by the driver.
   *
   * @param path of the socket file
   */
  public UnixSocketFactory(String path) {
    this.path = Path.of(path);
  }

  @Override
  public Socket createSocket() {
    return new UnixSocket(path);
  }
}
