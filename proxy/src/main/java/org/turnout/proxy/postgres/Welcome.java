package org.turnout.proxy.postgres;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.turnout.protocol.postgres.message.Authentication;
import org.turnout.protocol.postgres.message.BackendKeyData;
import org.turnout.protocol.postgres.message.BackendMessage;
import org.turnout.protocol.postgres.message.ParameterStatus;
import org.turnout.protocol.postgres.message.ReadyForQuery;
import org.turnout.protocol.postgres.message.TransactionStatus;

/** What a client is told of the backend that serves it, at the start and after a flip. */
final class Welcome {
  private Welcome() {}

  /**
   * Everything from the outcome of the authentication to the first ReadyForQuery.
   *
   * @param greeting what comes before the outcome
   * @param key Turnout's own, in place of the backend's
   */
  static List<BackendMessage> start(
      List<BackendMessage> greeting, BackendLink link, BackendKeyData key) {
    List<BackendMessage> welcome = new ArrayList<>(greeting);
    welcome.add(new Authentication.Ok());
    link.parameters().forEach((name, value) -> welcome.add(new ParameterStatus(name, value)));
    welcome.add(key);
    welcome.addAll(link.notices());
    welcome.add(new ReadyForQuery(TransactionStatus.IDLE));
    return welcome;
  }

  /** The settings of which the client has been told another value. */
  static List<BackendMessage> changes(Map<String, String> told, Map<String, String> now) {
    List<BackendMessage> changes = new ArrayList<>();
    now.forEach(
        (name, value) -> {
          if (!value.equals(told.get(name))) {
            changes.add(new ParameterStatus(name, value));
          }
        });
    return changes;
  }
}
