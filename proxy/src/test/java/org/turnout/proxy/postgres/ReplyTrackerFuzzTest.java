package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.turnout.proxy.postgres.ServerModel.Reply;

/**
 * Whatever a client sends and however far its server is behind, the tracker understands every
 * answer.
 *
 * <p>Every byte of an input is a step: the client sends a message, the server takes one, an answer
 * arrives, or it decides how a message ends. The client sends any message at any time, but for two
 * things: it sends data only once it has heard of a COPY behind which it has sent nothing but
 * Syncs, and then nothing else but a Flush until it has ended that. Otherwise a COPY may fail
 * before or behind a Sync, and nothing tells which.
 *
 * <p>Oracle: {@link ServerModel}. No answer of it is unexpected. The tracker sees a boundary only
 * where there is one, and sees it once a client that has ended its COPY and its transaction has all
 * its answers.
 */
class ReplyTrackerFuzzTest {
  private static final String MESSAGES = "QPBDECHSFdcf";

  /** The steps of an input; behind its end everything succeeds. */
  private static final class Steps {
    private final byte[] bytes;
    private int at;

    Steps(byte[] bytes) {
      this.bytes = bytes;
    }

    boolean areLeft() {
      return at < bytes.length;
    }

    int next(int below) {
      return areLeft() ? (bytes[at++] & 0xff) % below : below - 1;
    }
  }

  @FuzzTest
  void noAnswerIsUnexpectedAndEveryBoundaryIsSeen(byte[] input) {
    Steps steps = new Steps(input);
    Talk talk = new Talk(new ServerModel(steps::next));
    while (steps.areLeft() && !talk.over) {
      int step = steps.next(MESSAGES.length() + 8);
      if (step < MESSAGES.length()) {
        talk.maySend(MESSAGES.charAt(step));
      } else if (step == MESSAGES.length() + 7) {
        // A Flush that says more than a Flush does.
        talk.maySend('h');
      } else if (step % 2 == 0 && talk.server.hasWork()) {
        talk.server.work();
      } else if (talk.server.hasSaid()) {
        talk.hear();
      }
      if (talk.tracker.atBoundary() && !talk.over) {
        assertThat(talk.server.isAtBoundary()).isTrue();
      }
    }
    talk.end();
  }

  /** A client and its server, with the tracker between them. */
  private static final class Talk {
    private final ServerModel server;
    private final ReplyTracker tracker = new ReplyTracker();

    /** The client has heard of a COPY and has not ended it. */
    private boolean copying;

    /** The server has ended the connection. */
    private boolean over;

    Talk(ServerModel server) {
      this.server = server;
    }

    void maySend(char type) {
      boolean data = "dcf".indexOf(type) >= 0;
      if (copying ? data || type == 'H' : !data) {
        send(type);
      }
    }

    private void send(char type) {
      copying &= type == 'd' || type == 'H';
      server.send(type);
      tracker.sent((byte) (type == 'h' ? 'H' : type), type == 'h' ? 6 : 5);
    }

    void hear() {
      Reply reply = server.hear();
      switch (reply.type()) {
        case 'Z' -> tracker.ready(reply.status());
        case 'E' -> {
          copying = false;
          tracker.error(false, false);
        }
        case 'X' -> {
          copying = false;
          tracker.error(false, true);
        }
        case 'F' -> {
          over = true;
          tracker.error(true, true);
        }
        default -> {
          copying |= reply.type() == 'G' && server.isWaitingForData();
          tracker.received((byte) reply.type());
        }
      }
    }

    void end() {
      settle();
      if (over) {
        return;
      }
      if (copying) {
        send('c');
        settle();
      }
      if (server.isAtBoundary()) {
        assertThat(tracker.atBoundary()).isTrue();
      }
      for (char type : "SQ".toCharArray()) {
        send(type);
        settle();
      }
      assertThat(over).isFalse();
      assertThat(server.isAtBoundary()).isTrue();
      assertThat(tracker.atBoundary()).isTrue();
      assertThat(tracker.isInsideUnit()).isFalse();
    }

    private void settle() {
      while (server.hasWork()) {
        server.work();
      }
      while (server.hasSaid()) {
        hear();
      }
    }
  }
}
