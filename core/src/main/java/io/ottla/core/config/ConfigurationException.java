package io.ottla.core.config;

import java.util.List;

/** All problems of a configuration together; each names key, value, file and the fix. */
public final class ConfigurationException extends Exception {
  private final List<String> problems;

  public ConfigurationException(String origin, List<String> problems) {
    super(
        problems.size()
            + (problems.size() == 1 ? " problem in " : " problems in ")
            + origin
            + ":\n  - "
            + String.join("\n  - ", problems));
    this.problems = List.copyOf(problems);
  }

  public List<String> problems() {
    return problems;
  }
}
