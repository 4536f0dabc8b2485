package org.turnout.sync.side;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code synchronous_standby_names} of a server says of Turnout's change stream. The server
 * counts whoever reads its log under a name of that list as a standby, a logical stream too:
 * commits then wait until Turnout has them on the other side.
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-SYNCHRONOUS-STANDBY-NAMES">synchronous_standby_names</a>
 */
public final class StandbyNames {
  /** {@code FIRST 2 (}, {@code ANY 1 (} and {@code 2 (}, behind which the names stand. */
  private static final Pattern HOW_MANY =
      Pattern.compile("^\\s*(?:(?:first|any)\\s+)?\\d+\\s*\\(", Pattern.CASE_INSENSITIVE);

  private static final Pattern NAME = Pattern.compile("\"((?:[^\"]|\"\")*)\"|([^\\s,()\"]+)");

  private StandbyNames() {}

  /** Whether a server of this setting lets commits wait for Turnout's stream, now or one day. */
  public static boolean haveTurnout(String setting) {
    Matcher name = NAME.matcher(HOW_MANY.matcher(setting).replaceFirst(""));
    while (name.find()) {
      String quoted = name.group(1);
      String listed = quoted == null ? name.group(2) : quoted.replace("\"\"", "\"");
      if (listed.equals("*") || listed.toLowerCase(Locale.ROOT).equals(PostgresSide.APPLICATION)) {
        return true;
      }
    }
    return false;
  }
}
