package org.turnout.bench.workload;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;

/** Where an application connects to, and as whom. */
public record Target(String jdbcUrl, String user, String password) {

  /**
   * A new connection as an application's driver makes it: statements are prepared on the server
   * from the second use, and an answer that does not come within a minute is an error.
   */
  Connection connect(String application) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", user);
    properties.setProperty("password", password);
    properties.setProperty("ApplicationName", application);
    properties.setProperty("prepareThreshold", "2");
    properties.setProperty("connectTimeout", "20");
    properties.setProperty("loginTimeout", "30");
    properties.setProperty("socketTimeout", "60");
    return DriverManager.getConnection(jdbcUrl, properties);
  }
}
