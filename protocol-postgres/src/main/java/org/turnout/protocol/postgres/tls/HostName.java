package org.turnout.protocol.postgres.tls;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/**
 * Whom a certificate is for, by the rules of libpq: its alternative names of the host's kind, or,
 * where it has none of any kind that counts, its common name. A {@code *} stands for the first
 * label of a name, whole.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6125">RFC 6125</a>
 */
public final class HostName {
  private static final int DNS = 2;
  private static final int ADDRESS = 7;

  private HostName() {}

  /** Whether a certificate is for a host, given by name or by address. */
  public static boolean isNamed(X509Certificate certificate, String host) {
    return names(certificate).stream().anyMatch(name -> matches(name, host));
  }

  /** The names that a certificate is for. */
  public static List<String> names(X509Certificate certificate) {
    List<String> names = new ArrayList<>();
    try {
      Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
      for (List<?> alternative : alternatives == null ? List.<List<?>>of() : alternatives) {
        if (alternative.get(0) instanceof Integer kind
            && (kind == DNS || kind == ADDRESS)
            && alternative.get(1) instanceof String name) {
          names.add(name);
        }
      }
    } catch (CertificateParsingException malformed) {
      return List.of();
    }
    if (names.isEmpty()) {
      commonName(certificate).ifPresent(names::add);
    }
    return names;
  }

  /** The common name of the subject, if it has one. */
  public static Optional<String> commonName(X509Certificate certificate) {
    try {
      List<Rdn> parts = new LdapName(certificate.getSubjectX500Principal().getName()).getRdns();
      return parts.stream()
          .filter(part -> part.getType().equalsIgnoreCase("CN"))
          .map(part -> String.valueOf(part.getValue()))
          .findFirst();
    } catch (InvalidNameException malformed) {
      return Optional.empty();
    }
  }

  private static boolean matches(String pattern, String host) {
    if (isAddress(host)) {
      return isAddress(pattern) && address(pattern).equals(address(host));
    }
    String name = pattern.toLowerCase(Locale.ROOT);
    String wanted = host.toLowerCase(Locale.ROOT);
    if (!name.startsWith("*.")) {
      return name.equals(wanted);
    }
    int dot = wanted.indexOf('.');
    return dot > 0 && wanted.substring(dot).equals(name.substring(1));
  }

  /** A name cannot hold a colon, nor end in a number. */
  private static boolean isAddress(String host) {
    return host.indexOf(':') >= 0 || host.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
  }

  private static Optional<InetAddress> address(String literal) {
    try {
      // Only literals come here: no resolver is asked.
      return Optional.of(InetAddress.getByName(literal));
    } catch (UnknownHostException malformed) {
      return Optional.empty();
    }
  }
}
