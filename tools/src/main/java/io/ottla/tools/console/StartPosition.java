package io.ottla.tools.console;

import io.ottla.tools.cli.ToolException;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;

/**
 * Where reading starts.
 *
 * @param kind beginning, end, or a number
 * @param offset the number; 0 for the other kinds
 */
record StartPosition(Kind kind, long offset) {
  enum Kind {
    BEGINNING,
    END,
    OFFSET
  }

  static final StartPosition BEGINNING = new StartPosition(Kind.BEGINNING, 0);
  static final StartPosition END = new StartPosition(Kind.END, 0);

  /** {@code earliest}, {@code latest} or a number that is not negative. */
  static StartPosition parse(String text) {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "earliest" -> BEGINNING;
      case "latest" -> END;
      default -> {
        try {
          long offset = Long.parseLong(text.strip());
          if (offset >= 0) {
            yield new StartPosition(Kind.OFFSET, offset);
          }
        } catch (NumberFormatException e) {
          throw notAnOffset(text, e);
        }
        throw notAnOffset(text, null);
      }
    };
  }

  private static ToolException notAnOffset(String text, Exception cause) {
    return new ToolException(
        "The offset '"
            + text
            + "' is incorrect: it is 'earliest', 'latest' or a number that is not negative",
        cause);
  }

  void seek(Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
    switch (kind) {
      case BEGINNING -> consumer.seekToBeginning(partitions);
      case END -> {
        consumer.seekToEnd(partitions);
        // The end is fixed now, not at the first poll after records came in.
        Set.copyOf(partitions).forEach(consumer::position);
      }
      case OFFSET -> partitions.forEach(partition -> consumer.seek(partition, offset));
    }
  }
}
