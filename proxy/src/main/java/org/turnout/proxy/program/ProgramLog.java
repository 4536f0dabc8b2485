package org.turnout.proxy.program;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Logger;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * The program's log: to the error stream; {@code TURNOUT_LOG} sets how much Turnout itself says.
 *
 * <p>It is set up by this class and not by a file, because nobody can serve before there is a log:
 * to search the class path for providers and files and to read XML takes a tenth of a second of
 * processor time, with every start. Whoever wants another log names a file of Logback's in {@code
 * -Dlogback.configurationFile}. Made once, by the first logger.
 */
public final class ProgramLog implements SLF4JServiceProvider {
  private static final String PROVIDER = "slf4j.provider";

  /**
   * How much SLF4J says about itself: else it tells with each start which provider it was given.
   */
  private static final String SILENCE = "slf4j.internal.verbosity";

  private static final String FILE = "logback.configurationFile";

  private final LoggerContext context = new LoggerContext();
  private final IMarkerFactory markers = new BasicMarkerFactory();
  private final MDCAdapter adapter = new LogbackMDCAdapter();

  /** Lets loggers be made by this class; to be called before there is the first. */
  public static void use() {
    if (System.getProperty(FILE) == null && System.getProperty(PROVIDER) == null) {
      System.setProperty(PROVIDER, ProgramLog.class.getName());
      System.setProperty(SILENCE, "WARN");
    }
  }

  @Override
  public void initialize() {
    context.setMDCAdapter(adapter);
    LogLine layout = new LogLine();
    layout.setContext(context);
    layout.start();
    LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
    encoder.setContext(context);
    encoder.setLayout(layout);
    encoder.start();
    ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
    console.setContext(context);
    console.setTarget("System.err");
    console.setEncoder(encoder);
    console.start();
    context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(console);
    context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.WARN);
    context
        .getLogger("org.turnout")
        .setLevel(Level.toLevel(System.getenv("TURNOUT_LOG"), Level.INFO));
    // What these log about a failure is told by the failure itself.
    context.getLogger("com.zaxxer.hikari").setLevel(Level.OFF);
    context.getLogger("io.javalin.Javalin").setLevel(Level.OFF);
    context.start();
  }

  @Override
  public ILoggerFactory getLoggerFactory() {
    return context;
  }

  @Override
  public IMarkerFactory getMarkerFactory() {
    return markers;
  }

  @Override
  public MDCAdapter getMDCAdapter() {
    return adapter;
  }

  /** The newest of the line of SLF4J that this was written for. */
  @Override
  public String getRequestedApiVersion() {
    return "2.0.99";
  }
}
