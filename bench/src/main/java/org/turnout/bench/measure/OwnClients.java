package org.turnout.bench.measure;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.turnout.bench.load.ConnectLoop;
import org.turnout.bench.load.Generator;
import org.turnout.bench.load.LoadException;
import org.turnout.bench.load.Login;
import org.turnout.bench.load.Operation;
import org.turnout.bench.load.Sample;
import org.turnout.bench.load.SessionPool;
import org.turnout.bench.peer.Peer;

/** The load generator's own clients; once connected, those of all targets stay. */
final class OwnClients implements Driver {
  private final Load load;
  private final Generator generator;
  private final Login login;
  private final Operation operation;
  private final Map<Peer, SessionPool> pools = new LinkedHashMap<>();

  OwnClients(Load load, Generator generator, Login login) {
    this.load = load;
    this.generator = generator;
    this.login = login;
    this.operation = load.operation().get();
  }

  @Override
  public Sample closedLoop(Peer peer, Duration time) throws LoadException, InterruptedException {
    return load.connects()
        ? new ConnectLoop(generator, peer.address(), login, time).run(load.clients())
        : pool(peer).closedLoop(time);
  }

  @Override
  public Sample openLoop(Peer peer, double perSecond, Duration time)
      throws LoadException, InterruptedException {
    return pool(peer).openLoop(perSecond, time);
  }

  private SessionPool pool(Peer peer) throws LoadException, InterruptedException {
    SessionPool pool = pools.get(peer);
    if (pool == null) {
      pool = generator.open(peer.address(), login, operation, load.clients());
      pools.put(peer, pool);
    }
    return pool;
  }

  @Override
  public int queries() {
    return operation.queries();
  }

  @Override
  public void close() {
    pools.values().forEach(SessionPool::close);
  }
}
