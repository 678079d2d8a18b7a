package io.ottla.core.api.metadata;

import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.core.api.ClientEndpoints;
import io.ottla.core.api.topics.InternalTopics;
import io.ottla.network.api.RequestContext;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBrokerCollection;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.Errors;

/** Turns an image into the parts of a Metadata response, for one client. Stateless. */
public final class MetadataAnswers {
  private final ClientEndpoints endpoints;

  public MetadataAnswers(ClientEndpoints endpoints) {
    this.endpoints = endpoints;
  }

  /** An answer from that image to that client, in the making; used by one thread. */
  Answer start(ClusterImage image, RequestContext client, short version, boolean topicOperations) {
    return new Answer(image, client, version, topicOperations);
  }

  /** One answer in the making. */
  final class Answer {
    private final ClusterImage image;
    private final short version;
    private final boolean topicOperations;
    private final MetadataResponseBrokerCollection brokers;
    private final Set<Integer> reachable = new HashSet<>();

    Answer(ClusterImage image, RequestContext client, short version, boolean topicOperations) {
      this.image = image;
      this.version = version;
      this.topicOperations = topicOperations && version >= 8;
      this.brokers = new MetadataResponseBrokerCollection(image.brokers().size());
      for (BrokerRegistration broker : image.brokers().values()) {
        endpoints
            .of(client, broker)
            .ifPresent(
                address -> {
                  reachable.add(broker.id());
                  brokers.mustAdd(
                      new MetadataResponseBroker()
                          .setNodeId(broker.id())
                          .setHost(address.host())
                          .setPort(address.port())
                          .setRack(broker.rack().orElse(null)));
                });
      }
    }

    MetadataResponseData response() {
      return new MetadataResponseData()
          .setBrokers(brokers)
          .setClusterId(image.clusterId())
          .setControllerId(image.controllerId());
    }

    MetadataResponseTopic topic(TopicImage topic) {
      Errors noListener = version >= 6 ? Errors.LISTENER_NOT_FOUND : Errors.LEADER_NOT_AVAILABLE;
      List<MetadataResponsePartition> partitions = new ArrayList<>(topic.partitions().size());
      for (PartitionImage partition : topic.partitions()) {
        PartitionView view =
            PartitionView.of(
                image, partition, broker -> reachable.contains(broker.id()), noListener);
        partitions.add(partition(version == 0 ? view.withoutOffline() : view));
      }
      return new MetadataResponseTopic()
          .setName(topic.name())
          .setTopicId(topic.id())
          .setIsInternal(InternalTopics.isInternal(topic.name()))
          .setTopicAuthorizedOperations(
              topicOperations ? AuthorizedOperations.TOPIC : AuthorizedOperations.NOT_ASKED)
          .setPartitions(partitions);
    }

    MetadataResponseTopic error(String name, Uuid id, Errors error) {
      return new MetadataResponseTopic()
          .setName(name)
          .setTopicId(id)
          .setIsInternal(name != null && InternalTopics.isInternal(name))
          .setErrorCode(error.code());
    }

    private MetadataResponsePartition partition(PartitionView view) {
      return new MetadataResponsePartition()
          .setErrorCode(view.error().code())
          .setPartitionIndex(view.partition())
          .setLeaderId(view.leader())
          .setLeaderEpoch(view.leaderEpoch())
          .setReplicaNodes(view.replicas())
          .setIsrNodes(view.isr())
          .setOfflineReplicas(view.offline());
    }
  }
}
