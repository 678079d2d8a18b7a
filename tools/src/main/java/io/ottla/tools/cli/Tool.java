package io.ottla.tools.cli;

import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * A command: its options are fields, {@link #run} does the work. Exit code 0 is success, 1 any
 * error; an error is one line on standard error. One instance serves one run on one thread.
 */
@Command(mixinStandardHelpOptions = true, versionProvider = Version.class, sortOptions = false)
public abstract class Tool implements Callable<Integer> {
  @Spec private CommandSpec spec;

  private Streams streams = Streams.ofProcess();
  private List<String> arguments = List.of();

  /** Does the work; a returned number is the exit code. */
  protected abstract int run() throws Exception;

  /** What stands before an error's message. */
  protected String errorPrefix() {
    return "Error: ";
  }

  /** Where to read and write. */
  protected final Streams streams() {
    return streams;
  }

  /** The arguments as typed. */
  protected final List<String> arguments() {
    return arguments;
  }

  /** Whether the user gave this option, rather than taking its default. */
  protected final boolean given(String option) {
    return spec.commandLine().getParseResult().hasMatchedOption(option);
  }

  @Override
  public final Integer call() throws Exception {
    return run();
  }

  /** Parses the arguments and runs the tool; never throws, returns the exit code. */
  public final int execute(Streams target, String... args) {
    streams = target;
    arguments = List.of(args);
    PrintWriter out = writer(target.out());
    PrintWriter err = writer(target.err());
    int exitCode =
        new CommandLine(this)
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setUsageHelpWidth(110)
            .setOut(out)
            .setErr(err)
            .setParameterExceptionHandler(
                (error, ignored) -> {
                  err.println(errorPrefix() + Errors.line(error) + " (--help lists the options)");
                  return 1;
                })
            .setExecutionExceptionHandler(
                (error, command, parsed) -> {
                  err.println(errorPrefix() + Errors.line(error));
                  if (!Errors.isExpected(error)) {
                    error.printStackTrace(err);
                  }
                  return 1;
                })
            .execute(args);
    out.flush();
    err.flush();
    target.out().flush();
    return exitCode;
  }

  /** The body of every tool's main method. */
  public static void main(Tool tool, String... args) {
    System.exit(tool.execute(Streams.ofProcess(), args));
  }

  private static PrintWriter writer(java.io.PrintStream stream) {
    return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
  }
}
