package io.ottla.core.api.topics;

import java.util.Optional;
import org.apache.kafka.common.errors.InvalidTopicException;

/** The rules of topic names. */
public final class TopicNames {
  private static final int MAX_LENGTH = 249; // with "-<partition>" still a file name

  private TopicNames() {}

  /** Why a name is not allowed; empty when it is. */
  public static Optional<String> problem(String name) {
    if (name == null || name.isEmpty()) {
      return Optional.of("A topic name must not be empty");
    }
    if (name.equals(".") || name.equals("..")) {
      return Optional.of("A topic name must not be '.' or '..'");
    }
    if (name.length() > MAX_LENGTH) {
      return Optional.of(
          "A topic name has at most "
              + MAX_LENGTH
              + " characters, '"
              + name.substring(0, 32)
              + "...' has "
              + name.length());
    }
    for (int i = 0; i < name.length(); i++) {
      if (!allowed(name.charAt(i))) {
        return Optional.of(
            "Topic name '"
                + name
                + "' has a character other than ASCII letters, digits, '.', '_' and '-'");
      }
    }
    return Optional.empty();
  }

  /** Whether a name is allowed. */
  public static boolean isValid(String name) {
    return problem(name).isEmpty();
  }

  /**
   * Checks a name.
   *
   * @throws InvalidTopicException saying what is wrong with it
   */
  public static void validate(String name) {
    problem(name)
        .ifPresent(
            why -> {
              throw new InvalidTopicException(why);
            });
  }

  private static boolean allowed(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '.'
        || c == '_'
        || c == '-';
  }
}
