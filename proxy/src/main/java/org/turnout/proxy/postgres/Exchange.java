package org.turnout.proxy.postgres;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.message.BackendMessage;
import org.turnout.protocol.postgres.message.BackendSignal;
import org.turnout.protocol.postgres.message.DataRow;
import org.turnout.protocol.postgres.message.ErrorResponse;
import org.turnout.protocol.postgres.message.FrontendMessage;
import org.turnout.protocol.postgres.message.ParameterDescription;
import org.turnout.protocol.postgres.message.ReadyForQuery;
import org.turnout.protocol.postgres.message.RowDescription;

/**
 * Some messages of Turnout's own and the answers to them, one per ReadyForQuery. Sent at once,
 * answered in one round trip. Confined to the link's event loop, where its future completes.
 */
final class Exchange implements Conversation.Turn {
  /**
   * What came up to one ReadyForQuery.
   *
   * @param descriptions of the statements that were asked for, up to the first error
   * @param error the first error, if there was one
   */
  record Answer(
      List<List<@Nullable String>> rows,
      List<Description> descriptions,
      @Nullable ErrorResponse error) {}

  /** The answer to a Describe of a statement. */
  record Description(ParameterDescription parameters, StatementResult result) {}

  private final Conversation conversation;
  private final int cycles;
  private final CompletableFuture<List<Answer>> done = new CompletableFuture<>();
  private final List<Answer> answers = new ArrayList<>();
  private List<List<@Nullable String>> rows = new ArrayList<>();
  private List<Description> descriptions = new ArrayList<>();
  private @Nullable ParameterDescription parameters;
  private @Nullable ErrorResponse error;

  private Exchange(Conversation conversation, int cycles) {
    this.conversation = conversation;
    this.cycles = cycles;
  }

  /**
   * Sends the messages over a link whose conversation rests. Fails when the connection is lost.
   *
   * @param cycles how many of the messages are answered with ReadyForQuery
   */
  static CompletableFuture<List<Answer>> run(
      BackendLink link, List<? extends FrontendMessage> messages, int cycles) {
    if (cycles == 0) {
      return CompletableFuture.completedFuture(List.of());
    }
    Exchange exchange = new Exchange(link.conversation(), cycles);
    link.conversation().begin(exchange);
    link.send(messages);
    link.read();
    return exchange.done;
  }

  @Override
  public void message(BackendMessage message) {
    switch (message) {
      case DataRow row -> rows.add(row.values());
      case ParameterDescription described -> parameters = described;
      case RowDescription columns -> described(StatementResult.of(columns));
      case BackendSignal signal when signal == BackendSignal.NO_DATA ->
          described(StatementResult.NOTHING);
      case ErrorResponse failure -> error = error == null ? failure : error;
      case ReadyForQuery end -> {
        answers.add(new Answer(rows, descriptions, error));
        rows = new ArrayList<>();
        descriptions = new ArrayList<>();
        parameters = null;
        error = null;
        if (answers.size() == cycles) {
          conversation.end();
          done.complete(answers);
        }
      }
      default -> {
        // What frames the rows: of statements of our own it is known.
      }
    }
  }

  /** Columns come unasked for as well, in front of the rows of a simple query. */
  private void described(StatementResult result) {
    ParameterDescription of = parameters;
    if (of != null) {
      descriptions.add(new Description(of, result));
      parameters = null;
    }
  }

  @Override
  public void lost(Throwable cause) {
    done.completeExceptionally(cause);
  }
}
