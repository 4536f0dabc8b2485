package org.turnout.admin.rest;

import io.javalin.http.Context;
import io.javalin.http.sse.SseClient;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.migration.Route;

/**
 * Server-sent events of a route: an event {@code state} with the whole {@code RouteState} at once,
 * then at every change, and while counters move (rows copied, lag) at most twice a second. One
 * virtual thread a listener, so that a slow one delays nobody.
 */
final class EventStream implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);
  private static final long LOOK_MILLIS = 500;
  private static final int LOOKS_UNTIL_HEARTBEAT = 20;

  private final Set<SseClient> clients = ConcurrentHashMap.newKeySet();

  /** Makes the request a stream of the route's states; returns at once. */
  void follow(Context context, Route route) {
    context.contentType("text/event-stream").header("Cache-Control", "no-store");
    SseClient client = new SseClient(context);
    client.keepAlive();
    clients.add(client);
    Thread thread =
        Thread.ofVirtual().name("events-" + route.name()).unstarted(() -> send(client, route));
    client.onClose(
        () -> {
          clients.remove(client);
          thread.interrupt();
        });
    thread.start();
  }

  private static void send(SseClient client, Route route) {
    Semaphore changed = new Semaphore(0);
    try (AutoCloseable subscription = route.onChange(state -> changed.release())) {
      String sent = "";
      int quiet = 0;
      while (!client.terminated()) {
        String state = Json.text(route.state());
        if (!state.equals(sent)) {
          client.sendEvent("state", state);
          sent = state;
          quiet = 0;
        } else if (++quiet % LOOKS_UNTIL_HEARTBEAT == 0) {
          client.sendComment("still here");
        }
        if (changed.tryAcquire(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
          changed.drainPermits();
        }
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      LOG.warn("route {}: events to {} ended", route.name(), client.ctx().ip(), e);
    } finally {
      client.close();
    }
  }

  @Override
  public void close() {
    clients.forEach(SseClient::close);
  }
}
