package org.turnout.proxy.backend;

import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/** What the system knows of Unix sockets and their files. Safe for any thread. */
public final class SocketFiles {
  private SocketFiles() {}

  /**
   * Makes a socket that listens, where nothing is yet. It listens only once its file has its
   * permissions: so nobody gets in who may not. Takes the native transport epoll.
   *
   * @throws IOException when it cannot; nothing is left behind then
   */
  public static FileDescriptor listen(Path path, Set<PosixFilePermission> permissions)
      throws IOException {
    Socket socket = Socket.newSocketDomain();
    try {
      socket.bind(new DomainSocketAddress(path.toString()));
    } catch (IOException e) {
      socket.close();
      throw e;
    }
    try {
      Files.setPosixFilePermissions(path, permissions);
      socket.listen(Transport.BACKLOG);
      return socket;
    } catch (IOException e) {
      socket.close();
      Files.delete(path);
      throw e;
    }
  }

  /**
   * Whether the file is a socket, and not a link to one.
   *
   * @throws IOException when there is none
   */
  public static boolean isSocket(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .isOther();
  }

  /**
   * Whether a live process listens on the socket of a file.
   *
   * @throws IOException when that cannot be found out, with a sentence
   */
  public static boolean isServed(Path path) throws IOException {
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.configureBlocking(false);
      probe.connect(UnixDomainSocketAddress.of(path));
      return true;
    } catch (ConnectException nobodyListens) {
      return false;
    } catch (IOException e) {
      throw new IOException("it cannot be found out whether it is served: " + e.getMessage(), e);
    }
  }
}
