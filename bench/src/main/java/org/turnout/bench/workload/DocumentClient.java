package org.turnout.bench.workload;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Rewrites large values that are stored out of line, and changes small columns beside them. Each
 * document belongs to one client, which knows the version that must be there.
 */
final class DocumentClient extends Client {
  private static final String REWRITE =
      "UPDATE document SET content = ?, digest = ?, version = version + 1"
          + " WHERE id = ? AND version = ?";
  private static final String TOUCH =
      "UPDATE document SET touched = touched + 1, note = ? WHERE id = ? AND version = ?";
  private static final String READ = "SELECT version, digest, content FROM document WHERE id = ?";
  private static final String LOCK = "SELECT version FROM document WHERE id = ? FOR UPDATE";

  private final int client;
  private final int clients;
  private final Shop shop;
  private final RandomGenerator random;
  private final Map<Integer, Long> versions = new HashMap<>();

  /** Documents whose last rewrite was not answered: its version may be the next one. */
  private final Map<Integer, Boolean> inDoubt = new HashMap<>();

  private final ExpectedRows notes = new ExpectedRows();
  private long touches;

  private record Document(long version, String digest, byte[] content) {}

  DocumentClient(
      int client, int clients, Surroundings surroundings, Shop shop, RandomGenerator random) {
    super("document-" + client, surroundings, Long.MAX_VALUE);
    this.client = client;
    this.clients = clients;
    this.shop = shop;
    this.random = random;
  }

  /** The version of each document that was acknowledged last; the others are at 0. */
  Map<Integer, Long> versions() {
    return versions;
  }

  /** The note of each document that was touched. */
  ExpectedRows notes() {
    return notes;
  }

  /** Whether a document's version may be one above the acknowledged one. */
  boolean inDoubt(int document) {
    return inDoubt.containsKey(document);
  }

  @Override
  void open(Session session) throws SQLException {
    for (int document : inDoubt.keySet().toArray(new Integer[0])) {
      settle(session, document);
    }
  }

  @Override
  void cycle(Session session) throws SQLException {
    int document = 1 + client + clients * random.nextInt(shop.documents() / clients);
    long version = versions.getOrDefault(document, 0L);
    if (random.nextBoolean()) {
      byte[] content = new byte[8_000 + random.nextInt(32_000)];
      random.nextBytes(content);
      inDoubt.put(document, true);
      int changed = session.update(REWRITE, content, digest(content), document, version);
      acknowledged(document, changed, ++version);
    } else {
      touch(session, document, version);
    }
    check(document, version, session.one(READ, DocumentClient::document, document));
  }

  private void touch(Session session, int document, long version) throws SQLException {
    String row = "note of document " + document;
    String note = "touch " + ++touches + " of " + name();
    notes.asked(row, note);
    if (session.update(TOUCH, note, document, version) == 1) {
      notes.acknowledged(row, note);
      tally().acknowledged();
    } else {
      tally()
          .broken(name() + ": version " + version + " of document " + document + " is not there");
    }
  }

  private void acknowledged(int document, int changed, long version) {
    inDoubt.remove(document);
    versions.put(document, version);
    if (changed == 1) {
      tally().acknowledged();
    } else {
      tally().broken(name() + ": version " + version + " of document " + document + " had no base");
    }
  }

  private void check(int document, long version, Document read) {
    if (read.version() < version) {
      tally().stale(name() + " wrote version " + version + " and reads " + read.version());
    } else if (read.version() > version || !digest(read.content()).equals(read.digest())) {
      tally().broken(name() + ": document " + document + " is torn at version " + read.version());
    }
  }

  /**
   * A rewrite that was cut off may still be under way on the server; it asks for the old version,
   * so one more rewrite under the row's lock shuts it out.
   */
  private void settle(Session session, int document) throws SQLException {
    long version = versions.getOrDefault(document, 0L);
    session.begin();
    long found = session.one(LOCK, row -> row.getLong(1), document);
    if (found != version && found != version + 1) {
      tally().broken(name() + ": document " + document + " is at " + found + ", not " + version);
    }
    byte[] content = {1, 2, 3};
    session.update(REWRITE, content, digest(content), document, found);
    // From here on the commit is what is in doubt.
    versions.put(document, found);
    session.commit();
    acknowledged(document, 1, found + 1);
  }

  private static Document document(ResultSet row) throws SQLException {
    return new Document(row.getLong(1), row.getString(2), row.getBytes(3));
  }

  private static String digest(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
