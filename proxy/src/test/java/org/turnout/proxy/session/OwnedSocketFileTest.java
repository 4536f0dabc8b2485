package org.turnout.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.turnout.config.SocketFile;

/** Where nothing but the listener itself can make a socket: NIO and io_uring. */
class OwnedSocketFileTest {
  private static final Set<PosixFilePermission> GROUP =
      PosixFilePermissions.fromString("rw-rw----");

  @TempDir Path directory;

  private SocketFile place() {
    return new SocketFile(directory, 6432);
  }

  private static ServerSocketChannel listen(Path path) throws Exception {
    ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    socket.bind(UnixDomainSocketAddress.of(path));
    return socket;
  }

  @Test
  void nobodyElseComesToASocketThatListensBeforeItHasItsPermissions() throws Exception {
    OwnedSocketFile file = OwnedSocketFile.claim(place(), GROUP);
    Path made = file.outOfReach();
    try (ServerSocketChannel listener = listen(made)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made.getParent())))
          .isEqualTo("rwx------");
      assertThat(made.toString()).hasSizeLessThanOrEqualTo(place().path().toString().length());
      assertThat(place().path()).doesNotExist();

      file.publish();

      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(place().path())))
          .isEqualTo("rw-rw----");
      try (SocketChannel visitor = SocketChannel.open(UnixDomainSocketAddress.of(place().path()))) {
        assertThat(visitor.isConnected()).isTrue();
      }
      assertThat(listener.isOpen()).isTrue();
      assertThat(directory.toFile().list()).containsExactly(".s.PGSQL.6432");
    }
    file.remove();
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void whatAProcessHasLeftThatDiedInBetweenIsNotInTheWay() throws Exception {
    listen(OwnedSocketFile.claim(place(), GROUP).outOfReach()).close();

    OwnedSocketFile next = OwnedSocketFile.claim(place(), GROUP);

    try (ServerSocketChannel listener = listen(next.outOfReach())) {
      next.publish();
      assertThat(listener.isOpen()).isTrue();
    }
    assertThat(directory.toFile().list()).containsExactly(".s.PGSQL.6432");
  }

  @Test
  void whatDidNotGetToItsPlaceIsRemoved() throws Exception {
    OwnedSocketFile file = OwnedSocketFile.claim(place(), GROUP);
    listen(file.outOfReach()).close();

    file.remove();

    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void whatAnotherProcessMakesMeanwhileIsLeftAlone() throws Exception {
    OwnedSocketFile file = OwnedSocketFile.claim(place(), GROUP);
    try (ServerSocketChannel listener = listen(file.outOfReach())) {
      file.publish();
      Files.delete(place().path());
      OwnedSocketFile next = OwnedSocketFile.claim(place(), GROUP);
      try (ServerSocketChannel another = listen(next.outOfReach())) {
        file.remove();
        next.publish();
        assertThat(another.isOpen()).isTrue();
      }
      assertThat(listener.isOpen()).isTrue();
    }
    assertThat(place().path()).exists();
  }

  @Test
  void whatAnotherProcessMakesMeanwhileBesideThePlaceIsLeftAlone() throws Exception {
    OwnedSocketFile file = OwnedSocketFile.claim(place(), GROUP);
    try (ServerSocketChannel listener = listen(file.beside())) {
      file.bound();
      file.publish();
      Files.delete(place().path());
      OwnedSocketFile next = OwnedSocketFile.claim(place(), GROUP);
      try (ServerSocketChannel another = listen(next.beside())) {
        next.bound();
        file.remove();
        next.publish();
        assertThat(another.isOpen()).isTrue();
      }
      assertThat(listener.isOpen()).isTrue();
    }
    assertThat(place().path()).exists();
  }

  @Test
  void whatIsBoundBesideThePlaceAndNotPublishedIsRemoved() throws Exception {
    OwnedSocketFile file = OwnedSocketFile.claim(place(), GROUP);
    try (ServerSocketChannel listener = listen(file.beside())) {
      file.bound();
      file.remove();
      assertThat(listener.isOpen()).isTrue();
    }
    assertThat(directory).isEmptyDirectory();
  }
}
