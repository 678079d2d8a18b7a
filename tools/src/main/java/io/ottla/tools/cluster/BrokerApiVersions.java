package io.ottla.tools.cluster;

import io.ottla.tools.cli.AdminTool;
import io.ottla.tools.cli.Errors;
import io.ottla.tools.cli.Json;
import io.ottla.tools.cli.Tool;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.ApiVersions;
import org.apache.kafka.clients.ClientRequest;
import org.apache.kafka.clients.ClientResponse;
import org.apache.kafka.clients.ClientUtils;
import org.apache.kafka.clients.DefaultHostResolver;
import org.apache.kafka.clients.ManualMetadataUpdater;
import org.apache.kafka.clients.NetworkClient;
import org.apache.kafka.clients.NetworkClientUtils;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.internals.LogContext;
import picocli.CommandLine.Command;

/** Prints which requests, in which versions, each broker of the cluster understands. */
@Command(
    name = "kafka-broker-api-versions.sh",
    description = "Prints which requests, in which versions, each broker understands.")
public final class BrokerApiVersions extends AdminTool {
  private static final int TIMEOUT_MS = 10_000;

  @Override
  protected int run(Admin admin) throws Exception {
    List<Node> nodes = new ArrayList<>(await(admin.describeCluster().nodes()));
    nodes.sort(Comparator.comparingInt(Node::id));
    List<Map<String, Object>> result = new ArrayList<>();
    int exitCode = 0;
    for (Node node : nodes) {
      List<ApiVersionsFormat.Row> rows = List.of();
      String error = null;
      try {
        rows = ApiVersionsFormat.rows(ask(node));
      } catch (IOException | KafkaException e) {
        error = Errors.line(e);
        exitCode = 1;
      }
      printText(
          error == null
              ? ApiVersionsFormat.text(node, rows)
              : ApiVersionsFormat.failure(node, error));
      result.add(ApiVersionsFormat.json(node, rows, error));
    }
    if (json()) {
      printJson(Json.object("brokers", result));
    }
    return exitCode;
  }

  /** Asks one broker by a connection of its own, with the security settings of the command line. */
  private List<ApiVersion> ask(Node node) throws IOException {
    AdminClientConfig config = new AdminClientConfig(clientSettings(null, List.of()));
    try (Metrics metrics = new Metrics();
        NetworkClient client =
            ClientUtils.createNetworkClient(
                config,
                config.getList(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG),
                "broker-api-versions",
                metrics,
                "api-versions",
                new LogContext(),
                new ApiVersions(),
                Time.SYSTEM,
                1,
                TIMEOUT_MS,
                null,
                new ManualMetadataUpdater(List.of(node)),
                new DefaultHostResolver(),
                null,
                null)) {
      if (!NetworkClientUtils.awaitReady(client, node, Time.SYSTEM, TIMEOUT_MS)) {
        throw new IOException("no connection within " + TIMEOUT_MS + " ms");
      }
      ClientRequest request =
          client.newClientRequest(
              node.idString(), new ApiVersionsRequest.Builder(), Time.SYSTEM.milliseconds(), true);
      ClientResponse response = NetworkClientUtils.sendAndReceive(client, request, Time.SYSTEM);
      if (response.responseBody() instanceof ApiVersionsResponse answer) {
        return List.copyOf(answer.data().apiKeys());
      }
      throw new IOException("unexpected answer " + response);
    }
  }

  /** Runs the tool and ends the process. */
  public static void main(String[] args) {
    Tool.main(new BrokerApiVersions(), args);
  }
}
