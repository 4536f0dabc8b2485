package org.turnout.sync.side;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the driver counts on of a socket. */
class UnixSocketTest {
  @TempDir Path directory;
  private ServerSocketChannel server;
  private SocketChannel other;
  private Socket socket;

  @BeforeEach
  void connect() throws IOException {
    Path path = directory.resolve("socket");
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(path));
    socket = new UnixSocketFactory(path.toString()).createSocket();
    assertThat(socket.isConnected()).isFalse();
    socket.connect(new InetSocketAddress("127.0.0.1", 1), 1000);
    assertThat(socket.isConnected()).isTrue();
    other = server.accept();
  }

  @AfterEach
  void disconnect() throws IOException {
    socket.close();
    other.close();
    server.close();
  }

  @Test
  void whatHasComeIsSeenWithoutBlockingAndReadInItsOrder() throws Exception {
    InputStream in = socket.getInputStream();
    assertThat(in.available()).isZero();
    other.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));

    assertThat(in.available()).isEqualTo(3);
    other.write(ByteBuffer.wrap(new byte[] {-1}));
    assertThat(in.readNBytes(4)).containsExactly(1, 2, 3, -1);
    other.close();
    assertThat(in.available()).isZero();
    assertThat(in.read()).isEqualTo(-1);
  }

  @Test
  void aReadEndsAtItsLimitAndTheNextOneGoesOn() throws Exception {
    socket.setSoTimeout(20);
    assertThatThrownBy(() -> socket.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
    other.write(ByteBuffer.wrap(new byte[] {7}));

    socket.setSoTimeout(0);
    assertThat(socket.getInputStream().read()).isEqualTo(7);
  }

  @Test
  void anInterruptEndsNoReadAndIsNotLost() throws Exception {
    CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    Thread reader =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    Thread.currentThread().interrupt();
                    assertThat(socket.getInputStream().read()).isEqualTo(7);
                    interrupted.complete(Thread.currentThread().isInterrupted());
                  } catch (IOException | AssertionError e) {
                    interrupted.completeExceptionally(e);
                  }
                });
    other.write(ByteBuffer.wrap(new byte[] {7}));

    assertThat(interrupted.get(30, TimeUnit.SECONDS)).isTrue();
    reader.join();
  }

  @Test
  void anInterruptOfAVirtualThreadEndsItsReadAndTheConnection() throws Exception {
    CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    Thread reader =
        Thread.ofVirtual()
            .start(
                () -> {
                  assertThatThrownBy(() -> socket.getInputStream().read())
                      .isInstanceOf(SocketException.class);
                  interrupted.complete(Thread.currentThread().isInterrupted());
                });
    reader.interrupt();

    assertThat(interrupted.get(30, TimeUnit.SECONDS)).isTrue();
    assertThat(socket.isClosed()).isTrue();
    assertThat(other.read(ByteBuffer.allocate(1))).isEqualTo(-1);
  }

  @Test
  void closingEndsTheReadOfAnotherThread() throws Exception {
    CompletableFuture<Integer> read =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return socket.getInputStream().read();
              } catch (IOException e) {
                throw new java.util.concurrent.CompletionException(e);
              }
            });
    socket.close();

    assertThatThrownBy(() -> read.get(30, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(SocketException.class)
        .hasMessage("Socket closed");
    assertThat(socket.isClosed()).isTrue();
    assertThat(other.read(ByteBuffer.allocate(1))).isEqualTo(-1);
  }

  @Test
  void moreIsWrittenThanTheSocketHolds() throws Exception {
    byte[] much = new byte[8 << 20];
    new java.util.Random(1).nextBytes(much);
    CompletableFuture<Void> written =
        CompletableFuture.runAsync(
            () -> {
              try (OutputStream out = socket.getOutputStream()) {
                out.write(much);
              } catch (IOException e) {
                throw new java.util.concurrent.CompletionException(e);
              }
            });
    ByteBuffer read = ByteBuffer.allocate(much.length + 1);
    while (other.read(read) >= 0) {
      // Up to the end.
    }
    written.get(30, TimeUnit.SECONDS);

    assertThat(read.flip()).isEqualTo(ByteBuffer.wrap(much));
  }

  @Test
  void aSocketThatIsNotThereIsNamed() {
    Path missing = directory.resolve("missing");

    assertThatThrownBy(
            () ->
                new UnixSocketFactory(missing.toString())
                    .createSocket()
                    .connect(new InetSocketAddress("127.0.0.1", 1)))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(missing + ": ");
  }
}
