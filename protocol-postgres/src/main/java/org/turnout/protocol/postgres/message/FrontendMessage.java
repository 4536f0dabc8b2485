package org.turnout.protocol.postgres.message;

/** A typed message that a client sends. */
public sealed interface FrontendMessage extends Message
    permits Bind,
        Close,
        Describe,
        Execute,
        FrontendSignal,
        Parse,
        ParseFrame,
        PasswordMessage,
        Query,
        SaslInitialResponse,
        SaslResponse {}
