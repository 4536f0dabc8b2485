package org.turnout.proxy.postgres;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.IntUnaryOperator;
import org.turnout.protocol.postgres.message.TransactionStatus;

/**
 * What a server does with the order of messages, as its main loop and its COPY do it ({@code
 * PostgresMain} and {@code CopyGetData} in its sources), by types alone. Whether a message fails,
 * begins a COPY or a transaction is for the given choice to say. One thread.
 */
final class ServerModel {
  /**
   * A frame of the server; {@code F} is an error with which it ends the connection.
   *
   * @param status for ReadyForQuery
   */
  record Reply(char type, TransactionStatus status) {}

  private final Queue<Character> unread = new ArrayDeque<>();
  private final Queue<Reply> said = new ArrayDeque<>();

  /** Gives a number below the argument. */
  private final IntUnaryOperator choice;

  private TransactionStatus status = TransactionStatus.IDLE;
  private boolean extended;
  private boolean skipping;
  private boolean unsynced;
  private boolean copying;
  private boolean inQuery;
  private boolean ended;

  ServerModel(IntUnaryOperator choice) {
    this.choice = choice;
  }

  /**
   * The client sends a message.
   *
   * @param type {@code h} for a Flush that the server refuses: it says more than a Flush does
   */
  void send(char type) {
    unread.add(type);
  }

  boolean hasWork() {
    return !unread.isEmpty();
  }

  boolean hasSaid() {
    return !said.isEmpty();
  }

  Reply hear() {
    return said.remove();
  }

  /** Whether data of the client would go to the COPY: nothing that ends it was sent before. */
  boolean isWaitingForData() {
    return copying && said.isEmpty() && unread.stream().allMatch(type -> "SHh".indexOf(type) >= 0);
  }

  /**
   * Whether the next message begins something new: nothing is open, and all was answered. What is
   * left of a COPY is ignored.
   */
  boolean isAtBoundary() {
    return unread.stream().allMatch(type -> "dcfH".indexOf(type) >= 0)
        && said.isEmpty()
        && status == TransactionStatus.IDLE
        && !skipping
        && !unsynced
        && !copying;
  }

  /** Takes one message. */
  void work() {
    char type = unread.remove();
    if (ended) {
      return;
    }
    if (copying) {
      copy(type);
      return;
    }
    if (type == 'd' || type == 'c' || type == 'f') {
      return;
    }
    if (skipping && type != 'S') {
      return;
    }
    extended = "PBDECHh".indexOf(type) >= 0;
    unsynced = extended ? unsynced || type != 'H' : false;
    switch (type) {
      case 'Q' -> {
        inQuery = true;
        query();
      }
      case 'P', 'B', 'C' -> answer(type == 'P' ? "1" : type == 'B' ? "2" : "3");
      case 'D' -> answer(choice.applyAsInt(2) == 0 ? "tT" : "n");
      case 'E' -> execute();
      case 'F' -> {
        answer("V");
        ready();
      }
      case 'S' -> {
        skipping = false;
        ready();
      }
      case 'h' -> fail('E');
      default -> {
        // Flush.
      }
    }
  }

  private void answer(String replies) {
    if (choice.applyAsInt(4) == 0) {
      fail('E');
    } else {
      say(replies);
    }
  }

  private void query() {
    switch (choice.applyAsInt(6)) {
      case 0 -> {
        fail('E');
        ready();
      }
      case 1 -> beginCopy();
      case 2 -> {
        say("TDC");
        query();
      }
      case 3 -> {
        say("I");
        ready();
      }
      case 4 -> {
        say("HddcC");
        ready();
      }
      default -> {
        say("C");
        changeTransaction();
        ready();
      }
    }
  }

  private void execute() {
    switch (choice.applyAsInt(6)) {
      case 0 -> fail('E');
      case 1 -> beginCopy();
      case 2 -> say("DDs");
      case 3 -> say("I");
      case 4 -> say("HdcC");
      default -> {
        say("DC");
        changeTransaction();
      }
    }
  }

  private void beginCopy() {
    say("G");
    copying = true;
  }

  private void copy(char type) {
    switch (type) {
      case 'd' -> {
        if (choice.applyAsInt(4) == 0) {
          failCopy('E');
        }
      }
      case 'c' -> {
        copying = false;
        if (choice.applyAsInt(4) == 0) {
          failCopy('E');
        } else {
          say("C");
          if (inQuery) {
            query();
          }
        }
      }
      case 'f' -> failCopy('E');
      case 'S', 'H', 'h' -> {
        // Ignored: a client may have sent them before it knew of the COPY.
      }
      default -> {
        if (choice.applyAsInt(2) == 0) {
          // As up to version 13.
          failCopy('X');
        } else {
          // The server has not read the message whole, and cannot go on behind it.
          say("F");
          ended = true;
        }
      }
    }
  }

  private void failCopy(char error) {
    copying = false;
    fail(error);
    if (inQuery) {
      ready();
    }
  }

  private void fail(char error) {
    say(String.valueOf(error));
    if (status == TransactionStatus.IN_TRANSACTION) {
      status = TransactionStatus.FAILED;
    }
    skipping = extended;
  }

  private void changeTransaction() {
    status = choice.applyAsInt(3) == 0 ? TransactionStatus.IN_TRANSACTION : TransactionStatus.IDLE;
  }

  private void ready() {
    inQuery = false;
    unsynced = false;
    said.add(new Reply('Z', status));
  }

  private void say(String types) {
    for (char type : types.toCharArray()) {
      said.add(new Reply(type, status));
    }
  }
}
