package org.turnout.config;

import java.util.Optional;

/**
 * Where the admin API listens and what it asks for.
 *
 * @param token bearer token; may be absent only where {@code listen} is a loopback address
 */
public record AdminConfig(HostPort listen, Optional<Secret> token) {}
