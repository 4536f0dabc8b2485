package org.turnout.protocol.postgres.message;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.turnout.protocol.postgres.message.MessageTest.Sample;

/**
 * One sample or more of every message, with the bytes that PostgreSQL's documentation gives for it.
 */
final class Samples {
  private static final SecretKey SHORT_KEY = new SecretKey(new byte[] {1, 2, 3, 4});
  private static final SecretKey LONG_KEY = new SecretKey(new byte[32]);

  private Samples() {}

  static Stream<Sample> all() {
    return Stream.of(initial(), frontend(), authentication(), session(), results())
        .flatMap(samples -> samples);
  }

  private static Stream<Sample> initial() {
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("user", "Zoë");
    parameters.put("database", "shop");
    return Stream.of(
        new Sample(new SslRequest(), "00000008 04d2162f", InitialMessage::decode),
        new Sample(new GssEncRequest(), "00000008 04d21630", InitialMessage::decode),
        new Sample(
            new CancelRequest(258, SHORT_KEY),
            "00000010 04d2162e 00000102 01020304",
            InitialMessage::decode),
        new Sample(
            new CancelRequest(-1, LONG_KEY),
            "0000002c 04d2162e ffffffff" + "00".repeat(32),
            InitialMessage::decode),
        new Sample(
            new StartupMessage(ProtocolVersion.V3_0, parameters),
            "00000021 00030000 7573657200 5a6fc3ab00 646174616261736500 73686f7000 00",
            InitialMessage::decode),
        new Sample(
            new StartupMessage(ProtocolVersion.V3_2, Map.of()),
            "00000009 00030002 00",
            InitialMessage::decode));
  }

  private static Stream<Sample> frontend() {
    return Stream.of(
        new Sample(new PasswordMessage("pw"), "70 00000007 707700", PasswordMessage::decode),
        new Sample(
            new SaslInitialResponse("SCRAM-SHA-256", "n,,"),
            "70 00000019 534352414d2d5348412d32353600 00000003 6e2c2c",
            SaslInitialResponse::decode),
        new Sample(
            new SaslInitialResponse("X", null),
            "70 0000000a 5800 ffffffff",
            SaslInitialResponse::decode),
        new Sample(new SaslResponse("c=biws"), "70 0000000a 633d62697773", SaslResponse::decode),
        new Sample(new Query("SELECT 1"), "51 0000000d 53454c454354203100", Query::decode),
        new Sample(new Query(""), "51 00000005 00", Query::decode),
        new Sample(
            new Parse("s1", "SELECT $1", List.of(23, 0)),
            "50 0000001b 733100 53454c45435420243100 0002 00000017 00000000",
            Parse::decode),
        new Sample(
            new Bind("p", "s1", Arrays.asList("a", null, "")),
            "42 0000001c 7000 733100 0000 0003 00000001 61 ffffffff 00000000 0000",
            Bind::decode),
        new Sample(new Describe(Target.STATEMENT, "s1"), "44 00000008 53 733100", Describe::decode),
        new Sample(new Describe(Target.PORTAL, ""), "44 00000006 50 00", Describe::decode),
        new Sample(new Close(Target.PORTAL, "p"), "43 00000007 50 7000", Close::decode),
        new Sample(new Execute("", 100), "45 00000009 00 00000064", Execute::decode),
        signal(FrontendSignal.SYNC, "53 00000004"),
        signal(FrontendSignal.FLUSH, "48 00000004"),
        signal(FrontendSignal.TERMINATE, "58 00000004"),
        signal(FrontendSignal.COPY_DONE, "63 00000004"));
  }

  private static Sample signal(FrontendSignal signal, String hex) {
    return new Sample(signal, hex, signal::decode);
  }

  private static Stream<Sample> authentication() {
    return Stream.of(
        backend(new Authentication.Ok(), "52 00000008 00000000"),
        backend(new Authentication.CleartextPassword(), "52 00000008 00000003"),
        backend(new Authentication.Md5Password(0x0a0b0c0d), "52 0000000c 00000005 0a0b0c0d"),
        backend(
            new Authentication.Sasl(List.of("SCRAM-SHA-256")),
            "52 00000017 0000000a 534352414d2d5348412d32353600 00"),
        backend(new Authentication.SaslContinue("r=x"), "52 0000000b 0000000b 723d78"),
        backend(new Authentication.SaslFinal("v=x"), "52 0000000b 0000000c 763d78"),
        backend(new Authentication.Unsupported(7), "52 00000008 00000007"));
  }

  private static Stream<Sample> session() {
    return Stream.of(
        backend(new BackendKeyData(258, SHORT_KEY), "4b 0000000c 00000102 01020304"),
        backend(new BackendKeyData(1, LONG_KEY), "4b 00000028 00000001" + "00".repeat(32)),
        backend(new ParameterStatus("TimeZone", "UTC"), "53 00000011 54696d655a6f6e6500 55544300"),
        backend(new ReadyForQuery(TransactionStatus.IDLE), "5a 00000005 49"),
        backend(new ReadyForQuery(TransactionStatus.IN_TRANSACTION), "5a 00000005 54"),
        backend(new ReadyForQuery(TransactionStatus.FAILED), "5a 00000005 45"),
        backend(
            new NegotiateProtocolVersion(ProtocolVersion.V3_0, List.of("_pq_.x")),
            "76 00000013 00030000 00000001 5f70715f2e7800"),
        backend(new NotificationResponse(5, "jobs", ""), "41 0000000e 00000005 6a6f627300 00"),
        backend(
            ErrorResponse.error("25006", "no").detail("d").hint("h"),
            "45 00000024 53 4552524f5200 56 4552524f5200 43 323530303600 4d 6e6f00 44 6400 48 6800"
                + " 00"),
        backend(
            ErrorResponse.fatal("28P01", "no"),
            "45 0000001e 53 464154414c00 56 464154414c00 43 323850303100 4d 6e6f00 00"),
        backend(
            new NoticeResponse(Report.of("NOTICE", "00000", "")),
            "4e 0000001e 53 4e4f5449434500 56 4e4f5449434500 43 303030303000 4d 00 00"));
  }

  private static Stream<Sample> results() {
    return Stream.of(
        backend(new CommandComplete("SELECT 1"), "43 0000000d 53454c454354203100"),
        backend(
            new RowDescription(List.of(new RowDescription.Column("id", 16384, 1, 20, 8, -1, 0))),
            "54 0000001b 0001 696400 00004000 0001 00000014 0008 ffffffff 0000"),
        backend(new ParameterDescription(List.of(23, 16385)), "74 0000000e 0002 00000017 00004001"),
        backend(
            new DataRow(Arrays.asList("1", null, "")),
            "44 00000013 0003 00000001 31 ffffffff 00000000"),
        backend(BackendSignal.PARSE_COMPLETE, "31 00000004"),
        backend(BackendSignal.BIND_COMPLETE, "32 00000004"),
        backend(BackendSignal.CLOSE_COMPLETE, "33 00000004"),
        backend(BackendSignal.NO_DATA, "6e 00000004"),
        backend(BackendSignal.EMPTY_QUERY_RESPONSE, "49 00000004"),
        backend(BackendSignal.PORTAL_SUSPENDED, "73 00000004"),
        backend(BackendSignal.COPY_DONE, "63 00000004"));
  }

  private static Sample backend(BackendMessage message, String hex) {
    return new Sample(message, hex, BackendMessage::decode);
  }
}
