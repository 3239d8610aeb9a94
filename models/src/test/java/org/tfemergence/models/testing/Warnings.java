package org.tfemergence.models.testing;

import java.util.ArrayList;
import java.util.List;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;

/** What a class logs, from warnings on, while this is open. */
public final class Warnings implements AutoCloseable {
  private final List<String> messages = new ArrayList<>();
  private final Logger logger;
  private final Level before;
  private final AbstractAppender appender =
      new AbstractAppender("warnings", null, null, true, Property.EMPTY_ARRAY) {
        @Override
        public void append(LogEvent event) {
          messages.add(event.getLevel() + " " + event.getMessage().getFormattedMessage());
        }
      };

  /** Starts to listen. */
  public Warnings(Class<?> type) {
    logger = (Logger) LogManager.getLogger(type);
    before = logger.getLevel();
    appender.start();
    logger.addAppender(appender);
    logger.setLevel(Level.WARN);
  }

  /** Returns level and text of what was logged so far. */
  public List<String> messages() {
    return List.copyOf(messages);
  }

  @Override
  public void close() {
    logger.removeAppender(appender);
    logger.setLevel(before);
  }
}
