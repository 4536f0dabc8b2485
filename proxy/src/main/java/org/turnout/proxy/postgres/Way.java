package org.turnout.proxy.postgres;

/** Where the unit at the head of a client's bytes goes. */
enum Way {
  /** To the primary, as it is. */
  ON,
  /** Not to the primary now: nothing more of the client goes on until the session says so. */
  ELSEWHERE,
  /** That cannot be said before more of it has come. */
  MORE
}
