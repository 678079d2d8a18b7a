package io.ottla.tools.cli;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaFuture;
import picocli.CommandLine.Option;

/**
 * A tool that asks the cluster something over the admin client and prints the answer as text or
 * JSON.
 */
public abstract class AdminTool extends ClientTool {
  @Option(
      names = "--output",
      paramLabel = "<text|json>",
      defaultValue = "text",
      description =
          "text: Kafka's layout (the default). json: one line of JSON, see tools/README.md.")
  private OutputFormat output;

  /** Does the work with an open client, which the caller closes. */
  protected abstract int run(Admin admin) throws Exception;

  /** Checks the options before anything is connected. */
  protected void validate() {}

  @Override
  protected final int run() throws Exception {
    validate();
    Map<String, Object> settings = clientSettings(null, List.of());
    awaitBroker();
    try (Admin admin = Admin.create(settings)) {
      return run(admin);
    }
  }

  /** Whether the answer is to be JSON. */
  protected final boolean json() {
    return output == OutputFormat.JSON;
  }

  /** Prints a line of the answer. */
  protected final void print(String line) {
    streams().out().println(line);
  }

  /** Prints a line of the text layout; nothing when JSON is asked for. */
  protected final void printText(String line) {
    if (!json()) {
      print(line);
    }
  }

  /** Prints the answer as JSON. */
  protected final void printJson(Object value) {
    print(new Json().line(value));
  }

  /** A note beside the answer. */
  protected final void note(String line) {
    streams().err().println(line);
  }

  /** Waits for an answer; the error of a refused request is thrown as such. */
  protected static <T> T await(KafkaFuture<T> future) throws Exception {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }
}
