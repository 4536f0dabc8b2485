package org.turnout.proxy.session;

import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** The sessions of a route, for those who look from other threads. Safe for any thread. */
public final class Registry {
  private final Set<Session> sessions = ConcurrentHashMap.newKeySet();
  private final AtomicLong numbers = new AtomicLong();

  /** A number that no session of this route had before; 1, 2, 3, … */
  public long nextNumber() {
    return numbers.incrementAndGet();
  }

  public Collection<Session> sessions() {
    return sessions;
  }

  void add(Session session) {
    sessions.add(session);
  }

  void remove(Session session) {
    sessions.remove(session);
  }
}
