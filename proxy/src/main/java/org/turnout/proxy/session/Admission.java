package org.turnout.proxy.session;

import io.netty.channel.Channel;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.turnout.config.LimitsConfig;

/**
 * Counts the clients of a route against its limits, from the moment they say who they are until
 * their connection is closed. Those on this machine's Unix sockets have one address. Holds nothing
 * of addresses without clients. Safe for any thread.
 */
public final class Admission {
  private final OptionalInt most;
  private final OptionalInt mostOfAddress;
  private final AtomicInteger all = new AtomicInteger();
  private final Map<String, Integer> ofAddress = new ConcurrentHashMap<>();

  public Admission(LimitsConfig limits) {
    most = limits.maxSessions();
    mostOfAddress = limits.maxSessionsPerAddress();
  }

  /** Which limit is reached. */
  public enum Refusal {
    ROUTE,
    ADDRESS
  }

  /** Counts a client until its channel is closed, or says why there is no place for it. */
  public Optional<Refusal> admit(Channel client) {
    String address = ClientAddress.host(client);
    if (all.incrementAndGet() > most.orElse(Integer.MAX_VALUE)) {
      all.decrementAndGet();
      return Optional.of(Refusal.ROUTE);
    }
    if (ofAddress.merge(address, 1, Integer::sum) > mostOfAddress.orElse(Integer.MAX_VALUE)) {
      left(address);
      return Optional.of(Refusal.ADDRESS);
    }
    client.closeFuture().addListener(closed -> left(address));
    return Optional.empty();
  }

  private void left(String address) {
    all.decrementAndGet();
    ofAddress.computeIfPresent(address, (it, count) -> count == 1 ? null : count - 1);
  }
}
