package io.ottla.tools.cli;

import java.io.InputStream;
import java.io.PrintStream;

/**
 * Where a tool reads and writes; a test passes its own.
 *
 * @param in what the tool reads
 * @param out the answer, and nothing else
 * @param err notes and errors
 * @param interactive whether a person sits at both ends, so that a prompt makes sense
 */
public record Streams(InputStream in, PrintStream out, PrintStream err, boolean interactive) {
  /** Set by the launcher when standard input and output are terminals. */
  private static final String INTERACTIVE = "ottla.interactive";

  /** The streams of the process. */
  public static Streams ofProcess() {
    return new Streams(System.in, System.out, System.err, Boolean.getBoolean(INTERACTIVE));
  }
}
