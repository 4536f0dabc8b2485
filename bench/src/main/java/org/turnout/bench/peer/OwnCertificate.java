package org.turnout.bench.peer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.UUID;

/**
 * A certificate for localhost and its key, both PEM, made for one measurement and signed by itself:
 * every target that ends TLS shows this one. Only its owner can read the key.
 */
public record OwnCertificate(Path certificate, Path key) {
  private static final String ALIAS = "bench";
  private static final String PASSWORD = "TURNOUT_BENCH_STORE_PASSWORD";
  private static final Base64.Encoder LINES =
      Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));

  /**
   * Makes both in a directory, with the JDK's own tool.
   *
   * @throws IOException when they cannot be made, with what the tool said
   */
  public static OwnCertificate make(Path directory) throws IOException, InterruptedException {
    Path store = directory.resolve("tls.p12");
    String password = UUID.randomUUID().toString();
    generate(store, password);
    try (InputStream in = Files.newInputStream(store)) {
      KeyStore made = KeyStore.getInstance("PKCS12");
      made.load(in, password.toCharArray());
      byte[] certificate = made.getCertificate(ALIAS).getEncoded();
      byte[] key = made.getKey(ALIAS, password.toCharArray()).getEncoded();
      return new OwnCertificate(
          write(directory.resolve("tls.crt"), "CERTIFICATE", certificate),
          write(directory.resolve("tls.key"), "PRIVATE KEY", key));
    } catch (GeneralSecurityException e) {
      throw new IOException("the certificate cannot be read: " + e.getMessage(), e);
    } finally {
      Files.delete(store);
    }
  }

  /** The password goes by the environment, which other users cannot see. */
  private static void generate(Path store, String password)
      throws IOException, InterruptedException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            "-genkeypair",
            "-alias",
            ALIAS,
            "-keyalg",
            "EC",
            "-groupname",
            "secp256r1",
            "-dname",
            "CN=localhost",
            "-ext",
            "SAN=dns:localhost,ip:127.0.0.1",
            "-validity",
            "30",
            "-storetype",
            "PKCS12",
            "-keystore",
            store.toString(),
            "-storepass:env",
            PASSWORD);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put(PASSWORD, password);
    Process process = builder.start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("keytool made no certificate: " + said.strip());
    }
  }

  private static Path write(Path file, String kind, byte[] encoded) throws IOException {
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return Files.writeString(
        file,
        "-----BEGIN %s-----\n%s\n-----END %s-----\n"
            .formatted(kind, LINES.encodeToString(encoded), kind));
  }

  /** Copies both, for a program that runs as somebody else, into a directory of its own. */
  OwnCertificate copyTo(Path directory) throws IOException {
    return new OwnCertificate(copy(certificate, directory), copy(key, directory));
  }

  private static Path copy(Path file, Path directory) throws IOException {
    return Files.copy(
        file, directory.resolve(file.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
  }
}
