package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.turnout.config.Side;
import org.turnout.protocol.postgres.frame.BackendType;
import org.turnout.protocol.postgres.message.Close;
import org.turnout.protocol.postgres.message.ErrorResponse;
import org.turnout.protocol.postgres.message.FrontendMessage;
import org.turnout.protocol.postgres.message.Message;
import org.turnout.protocol.postgres.message.ParameterStatus;
import org.turnout.protocol.postgres.message.Target;
import org.turnout.protocol.postgres.message.TransactionStatus;

/** The secondary as a script of frames, cut into pieces and broken off at every place. */
class ReadAttemptTest {
  private static final byte[] UNIT = {'u', 'n', 'i', 't'};
  private static final String READY = frame(BackendType.READY_FOR_QUERY, "I");
  private static final String IN_TRANSACTION = frame(BackendType.READY_FOR_QUERY, "T");
  private static final String ROWS =
      frame(BackendType.PARSE_COMPLETE, "")
          + frame(BackendType.BIND_COMPLETE, "")
          + frame(BackendType.ROW_DESCRIPTION, "\0\0")
          + frame(BackendType.DATA_ROW, "\0\1\0\0\0\1x")
          + frame(BackendType.COMMAND_COMPLETE, "SELECT 1\0");
  private static final String NOTICE = frame(BackendType.NOTICE_RESPONSE, "MHm\0\0");
  private static final String NOTIFICATION =
      frame(BackendType.NOTIFICATION_RESPONSE, "\0\0\0\1a\0b\0");
  private static final String CANCELED =
      text(ErrorResponse.error("57014", "canceling statement due to user request"));
  private static final String REFUSAL = text(ErrorResponse.error("42P01", "no such table"));
  private static final String SETTING = text(new ParameterStatus("TimeZone", "UTC"));

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final BackendLink link =
      new BackendLink(Side.GREEN, channel, new Conversation((from, frame) -> {}));
  private final Outcome outcome = new Outcome();
  private ReadUnit.Shape shape = new ReadUnit.Shape(false, true, false, 0);
  private ReadAttempt attempt = newAttempt(0);

  /** Remembers how the attempt has ended. */
  private static final class Outcome implements ReadAttempt.Owner {
    private final List<String> told = new ArrayList<>();

    @Override
    public void accepted(ReadAttempt attempt, BackendLink link, ByteBuf unit, ByteBuf answer) {
      told.add("accepted " + taken(unit) + " " + taken(answer));
    }

    @Override
    public void refused(
        ReadAttempt attempt, BackendLink link, TransactionStatus status, ByteBuf rest) {
      told.add("refused " + status + " " + taken(attempt.takeUnit()) + " " + taken(rest));
    }

    @Override
    public void cancelled(
        ReadAttempt attempt,
        BackendLink link,
        TransactionStatus status,
        ByteBuf unit,
        ByteBuf answer) {
      told.add("cancelled " + status + " " + taken(unit) + " " + taken(answer));
    }

    @Override
    public void failed(ReadAttempt attempt, BackendLink link, @Nullable Throwable cause) {
      told.add("failed " + taken(attempt.takeUnit()));
    }

    private static String taken(ByteBuf bytes) {
      String text = bytes.toString(StandardCharsets.ISO_8859_1);
      assertThat(bytes.release()).isTrue();
      return text;
    }
  }

  @AfterEach
  void close() {
    attempt.drop();
    channel.finishAndReleaseAll();
  }

  private ReadAttempt newAttempt(int preceding) {
    return new ReadAttempt(
        outcome, ForeignNumbers.none(), Unpooled.copiedBuffer(UNIT), shape, first(preceding));
  }

  private static List<FrontendMessage> first(int messages) {
    return Collections.nCopies(messages, new Close(Target.STATEMENT, "s"));
  }

  private void again(int preceding) {
    attempt.drop();
    attempt = newAttempt(preceding);
    outcome.told.clear();
  }

  private static String frame(byte type, String body) {
    int length = body.length() + 4;
    return (char) type
        + "\0"
        + (char) (length >> 16)
        + (char) (length >> 8 & 0xff)
        + (char) (length & 0xff)
        + body;
  }

  private static String text(Message message) {
    ByteBuf bytes = Unpooled.buffer(message.size());
    message.encode(bytes);
    return bytes.toString(StandardCharsets.ISO_8859_1);
  }

  private void arrives(String bytes) {
    if (!bytes.isEmpty()) {
      attempt.read(link, Unpooled.copiedBuffer(bytes, StandardCharsets.ISO_8859_1));
    }
  }

  /** Every way of cutting the script into three pieces, and into single bytes. */
  private void inPieces(String script, int preceding, String expected) {
    for (int first = 0; first <= script.length(); first++) {
      for (int second = first; second <= script.length(); second++) {
        again(preceding);
        arrives(script.substring(0, first));
        arrives(script.substring(first, second));
        arrives(script.substring(second));
        assertThat(outcome.told).as("cut at %d and %d", first, second).containsExactly(expected);
      }
    }
    again(preceding);
    script.chars().forEach(c -> arrives(String.valueOf((char) c)));
    assertThat(outcome.told).containsExactly(expected);
  }

  @Test
  void anAnswerIsGivenWholeHoweverItComes() {
    inPieces(ROWS + READY, 0, "accepted unit " + ROWS + READY);
  }

  @Test
  void whatConcernsOnlyTheSecondaryIsTakenOut() {
    String noisy = SETTING + ROWS + NOTIFICATION + NOTICE + READY;
    inPieces(noisy, 0, "accepted unit " + ROWS + NOTICE + READY);
    assertThat(link.parameters()).containsEntry("TimeZone", "UTC");
  }

  @Test
  void answersToWhatTurnoutSentAheadAreTakenOutAndNoticesOfThemToo() {
    String ahead =
        frame(BackendType.CLOSE_COMPLETE, "") + NOTICE + frame(BackendType.PARSE_COMPLETE, "");
    inPieces(ahead + ROWS + READY, 2, "accepted unit " + ROWS + READY);
  }

  @Test
  void anErrorAtAnyPlaceIsNotShown() {
    inPieces(REFUSAL + READY, 0, "refused IDLE unit ");
    inPieces(ROWS + REFUSAL + IN_TRANSACTION, 0, "refused IN_TRANSACTION unit ");
  }

  @Test
  void anErrorThatTheClientAskedForIsItsAnswer() {
    attempt.cancelling();
    arrives(ROWS + CANCELED + READY);
    assertThat(outcome.told).containsExactly("cancelled IDLE unit " + ROWS + CANCELED + READY);
  }

  @Test
  void aCancellationThatTheClientDidNotAskForIsARefusal() {
    arrives(CANCELED + READY);
    assertThat(outcome.told).containsExactly("refused IDLE unit ");
  }

  @Test
  void aConnectionThatEndsAtAnyPlaceLeavesTheUnitToThePrimary() {
    String script = ROWS + REFUSAL + READY;
    for (int end = 0; end < script.length(); end++) {
      again(0);
      arrives(script.substring(0, end));
      attempt.closed(link, new IOException("reset"));
      assertThat(outcome.told).as("ended after %d bytes", end).containsExactly("failed unit");
    }
  }

  @Test
  void bytesThatAreNoProtocolLeaveTheUnitToThePrimary() {
    arrives("Z\0\0\0\2I");
    assertThat(outcome.told).containsExactly("failed unit");
  }

  @Test
  void aLongAnswerIsHeldUpToTheBoundAndThenFlows() {
    String row = frame(BackendType.DATA_ROW, "r".repeat(100_000));
    arrives(frame(BackendType.ROW_DESCRIPTION, "\0\0"));
    int held = 0;
    while (outcome.told.isEmpty()) {
      arrives(row.substring(0, 60_000));
      held += 60_000;
      if (outcome.told.isEmpty()) {
        arrives(row.substring(60_000));
        held += row.length() - 60_000;
      }
    }
    assertThat(outcome.told.getFirst()).startsWith("accepted unit ");
    assertThat(held).isBetween(ReadAttempt.MOST_HELD, ReadAttempt.MOST_HELD + row.length());
  }

  @Test
  void aLongAnswerToWhatTurnoutSentAheadIsAFailure() {
    again(1);
    arrives(frame(BackendType.DATA_ROW, "r".repeat(ReadAttempt.MOST_HELD)).substring(0, 1_048_576));
    assertThat(outcome.told).containsExactly("failed unit");
  }

  @Test
  void aLongAnswerThatMayStillDescribeSomethingIsAFailure() {
    shape = new ReadUnit.Shape(false, true, true, 0);
    again(0);
    arrives(frame(BackendType.ROW_DESCRIPTION, "\0\0"));
    arrives(frame(BackendType.DATA_ROW, "r".repeat(ReadAttempt.MOST_HELD)).substring(0, 1_048_576));
    assertThat(outcome.told).containsExactly("failed unit");
  }

  @Test
  void aDescriptionThatIsNotAsLongAsItSaysLeavesTheUnitToThePrimary() {
    String fields = "\0\2a\0" + "\0".repeat(18) + "b\0" + "\0".repeat(18);
    for (int cut = 0; cut < fields.length(); cut++) {
      again(0);
      arrives(frame(BackendType.ROW_DESCRIPTION, fields.substring(0, cut)));
      assertThat(outcome.told).as("cut at %d", cut).containsExactly("failed unit");
    }
    String types = "\0\2" + "\0".repeat(8);
    for (int cut = 0; cut < types.length(); cut++) {
      again(0);
      arrives(frame(BackendType.PARAMETER_DESCRIPTION, types.substring(0, cut)));
      assertThat(outcome.told).as("cut at %d", cut).containsExactly("failed unit");
    }
  }

  @Test
  void whatThePrimaryDoesNotHaveIsARefusal() {
    String column = frame(BackendType.ROW_DESCRIPTION, "\0\1a\0" + "\0\1\0\0" + "\0".repeat(14));
    arrives(column + READY);
    assertThat(outcome.told).containsExactly("refused IDLE unit ");
  }
}
