package org.turnout.proxy.backend;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringBufferRingConfig;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringFixedBufferRingAllocator;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;

/**
 * How io_uring reads here: each event loop has a ring of buffers, of which the kernel takes one
 * when bytes have come. So a read is asked for ahead, in the call that waits, and no buffer is held
 * for a connection that says nothing.
 *
 * <p>One read asks for one buffer. Reads that go on by themselves (multishot) would have to be
 * called off wherever a session is not to be read, which costs more than it saves, and bytes would
 * come meanwhile that nobody has room for.
 *
 * @see <a href="https://man7.org/linux/man-pages/man3/io_uring_setup_buf_ring.3.html">
 *     io_uring_setup_buf_ring(3)</a>
 */
final class ReadRing {
  /** Larger buffers made rows of a megabyte dearer, not cheaper: they leave the cache. */
  private static final int BUFFER_SIZE = 16 * 1024;

  private static final short BUFFERS = 64;
  private static final int BUFFERS_AT_FIRST = 16;
  private static final short GROUP = 0;

  static {
    // Read when Netty first looks at io_uring, for the whole process.
    System.setProperty("io.netty.iouring.recvMultiShotEnabled", "false");
    // Where a ring of buffers is not there, or has none left, bytes are waited for before they are
    // read. Netty is not told by a standing request of an end that came together with the bytes
    // before it: a client that vanished in a message would keep its session and its locks.
    System.setProperty("io.netty.iouring.pollAddMultishotEnabled", "false");
  }

  private ReadRing() {}

  /** Whether this system lets the process use io_uring. */
  static boolean isAvailable() {
    return IoUring.isAvailable();
  }

  static IoHandlerFactory handlers() {
    IoUringIoHandlerConfig config = new IoUringIoHandlerConfig();
    if (IoUring.isRegisterBufferRingSupported()) {
      config.setBufferRingConfig(
          IoUringBufferRingConfig.builder()
              .bufferGroupId(GROUP)
              .bufferRingSize(BUFFERS)
              .batchSize(BUFFERS_AT_FIRST)
              .allocator(new IoUringFixedBufferRingAllocator(BUFFER_SIZE))
              .build());
    }
    return IoUringIoHandler.newFactory(config);
  }

  /** Lets the connections of a listener read from the ring of their event loop. */
  static ServerBootstrap children(ServerBootstrap listener) {
    return IoUring.isRegisterBufferRingSupported()
        ? listener.childOption(IoUringChannelOption.IO_URING_BUFFER_GROUP_ID, GROUP)
        : listener;
  }

  /** Lets a connection read from the ring of its event loop. */
  static Bootstrap connection(Bootstrap connection) {
    return IoUring.isRegisterBufferRingSupported()
        ? connection.option(IoUringChannelOption.IO_URING_BUFFER_GROUP_ID, GROUP)
        : connection;
  }
}
