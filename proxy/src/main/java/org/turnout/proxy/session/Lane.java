package org.turnout.proxy.session;

import io.netty.channel.EventLoop;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.turnout.proxy.gate.LaneGate;

/**
 * One event loop of a route: its sessions, its part of the gate, its counters. A session lives on
 * one lane from its first byte to its last, so nothing here is shared. Confined to the event loop,
 * except the counters and {@link #route}.
 */
public final class Lane {
  private final EventLoop loop;
  private final LaneGate gate;
  private final Supplier<RouteSnapshot> route;
  private final LaneCounters counters = new LaneCounters();
  private final Set<Session> sessions = new LinkedHashSet<>();
  private final Registry registry;
  private final Newcomers newcomers;

  public Lane(
      EventLoop loop,
      LaneGate gate,
      Supplier<RouteSnapshot> route,
      Registry registry,
      Newcomers newcomers) {
    this.newcomers = newcomers;
    this.loop = loop;
    this.gate = gate;
    this.route = route;
    this.registry = registry;
  }

  public EventLoop loop() {
    return loop;
  }

  public LaneGate gate() {
    return gate;
  }

  public LaneCounters counters() {
    return counters;
  }

  /** Its clients that have not proved who they are. */
  public Newcomers newcomers() {
    assert loop.inEventLoop();
    return newcomers;
  }

  /** The route as of now; one volatile read. */
  public RouteSnapshot route() {
    return route.get();
  }

  /** A client has proved who it is. */
  public void add(Session session) {
    assert loop.inEventLoop();
    sessions.add(session);
    registry.add(session);
    counters.sessionBegan();
  }

  public void remove(Session session) {
    assert loop.inEventLoop();
    sessions.remove(session);
    registry.remove(session);
  }

  /**
   * The sessions of now, in the order in which they came; a copy, so that they may end meanwhile.
   */
  public List<Session> sessions() {
    assert loop.inEventLoop();
    return List.copyOf(sessions);
  }
}
