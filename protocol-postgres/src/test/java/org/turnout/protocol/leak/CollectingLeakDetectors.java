package org.turnout.protocol.leak;

import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import io.netty.util.ResourceLeakTracker;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

/** Hands out leak detectors that keep their reports. Any thread. */
final class CollectingLeakDetectors extends ResourceLeakDetectorFactory {
  private final List<Detector<?>> detectors = new CopyOnWriteArrayList<>();
  private final Queue<String> leaks = new ConcurrentLinkedQueue<>();

  @Override
  @SuppressWarnings("deprecation") // the one abstract method of the factory
  public <T> ResourceLeakDetector<T> newResourceLeakDetector(
      Class<T> resource, int samplingInterval, long maxActive) {
    return newResourceLeakDetector(resource, samplingInterval);
  }

  @Override
  public <T> ResourceLeakDetector<T> newResourceLeakDetector(
      Class<T> resource, int samplingInterval) {
    Detector<T> detector = new Detector<>(resource, samplingInterval);
    detectors.add(detector);
    return detector;
  }

  /** Fails when only a sample of the buffers would be tracked. */
  void requireParanoid() {
    if (ResourceLeakDetector.getLevel() != ResourceLeakDetector.Level.PARANOID) {
      throw new IllegalStateException(
          "run tests with -Dio.netty.leakDetection.level=paranoid, so that every leak is found");
    }
  }

  /** What was reported since the last call. */
  List<String> take() {
    detectors.forEach(Detector::poll);
    List<String> taken = new ArrayList<>();
    for (String leak = leaks.poll(); leak != null; leak = leaks.poll()) {
      taken.add(leak);
    }
    return taken;
  }

  private final class Detector<T> extends ResourceLeakDetector<T> {
    @SuppressWarnings("deprecation") // the constructors that a factory is to call
    Detector(Class<T> resource, int samplingInterval) {
      super(resource, samplingInterval);
    }

    /** A detector looks at its queue only when something new is tracked. */
    @SuppressWarnings("unchecked")
    void poll() {
      T dummy = (T) new Object();
      ResourceLeakTracker<T> tracker = trackForcibly(dummy);
      if (tracker != null) {
        tracker.close(dummy);
      }
    }

    @Override
    protected boolean needReport() {
      return true;
    }

    @Override
    protected void reportTracedLeak(String resourceType, String records) {
      leaks.add(resourceType + records);
    }

    @Override
    protected void reportUntracedLeak(String resourceType) {
      leaks.add(resourceType);
    }
  }
}
