package org.turnout.config;

/** The wire protocol that a route speaks, to its clients and to both sides. */
public enum Protocol {
  POSTGRES,
  MYSQL
}
