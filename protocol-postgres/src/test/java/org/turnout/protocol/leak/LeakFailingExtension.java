package org.turnout.protocol.leak;

import io.netty.util.ResourceLeakDetectorFactory;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test class after which buffers were garbage without having been released. Found by JUnit
 * itself wherever this class is on the class path.
 *
 * <p>A leak counts only once its buffer is unreachable, so a buffer that another thread still has
 * to release is never blamed. Needs {@code -Dio.netty.leakDetection.level=paranoid}, so that every
 * buffer is tracked.
 */
public final class LeakFailingExtension implements BeforeAllCallback, AfterAllCallback {
  private static final CollectingLeakDetectors detectors = new CollectingLeakDetectors();

  static {
    // Before the first buffer: the buffer classes ask for their detector when they are initialised.
    ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(detectors);
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    detectors.requireParanoid();
  }

  @Override
  public void afterAll(ExtensionContext context) throws InterruptedException {
    if (context.getEnclosingTestClasses().isEmpty()) {
      List<String> leaks = collectLeaks();
      if (!leaks.isEmpty()) {
        throw new AssertionError(
            "buffers were dropped without release() in this test class or one that ran before it:\n"
                + String.join("\n", leaks));
      }
    }
  }

  /** The leaks of buffers that are garbage by now; each is told once. */
  static List<String> collectLeaks() throws InterruptedException {
    GarbageCollection.await();
    return detectors.take();
  }
}
