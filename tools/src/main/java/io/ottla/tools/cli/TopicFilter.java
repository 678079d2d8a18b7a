package io.ottla.tools.cli;

import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.kafka.common.internals.Topic;

/**
 * Chooses topics by name: a regular expression over the whole name, where a comma separates
 * alternatives.
 *
 * @param pattern what names must match
 * @param excludeInternal whether Kafka's internal topics are left out
 */
public record TopicFilter(Pattern pattern, boolean excludeInternal) {
  /** A filter from what a user typed; null chooses every topic. */
  public static TopicFilter of(String expression, boolean excludeInternal) {
    if (expression == null) {
      return new TopicFilter(Pattern.compile(".*"), excludeInternal);
    }
    String regex = expression.strip().replace(',', '|').replace(" ", "");
    if (regex.length() > 1 && (regex.startsWith("\"") || regex.startsWith("'"))) {
      regex = regex.substring(1, regex.length() - 1);
    }
    try {
      return new TopicFilter(Pattern.compile(regex), excludeInternal);
    } catch (PatternSyntaxException e) {
      throw new ToolException(
          "'" + expression + "' is not a regular expression: " + e.getDescription(), e);
    }
  }

  /** Whether the topic is chosen. */
  public boolean accepts(String topic) {
    return pattern.matcher(topic).matches() && !(excludeInternal && Topic.isInternal(topic));
  }

  /** The chosen names, sorted. */
  public List<String> choose(Collection<String> topics) {
    return topics.stream().filter(this::accepts).sorted().toList();
  }
}
