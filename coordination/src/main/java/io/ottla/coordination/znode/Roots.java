package io.ottla.coordination.znode;

import java.util.List;

/** The persistent nodes that every broker makes sure of when it starts: Kafka's tree. */
public final class Roots {
  /** In an order in which parents come first. */
  public static final List<String> PERSISTENT =
      List.of(
          "/consumers",
          "/brokers",
          "/brokers/ids",
          "/brokers/topics",
          "/brokers/seqid",
          "/config",
          "/config/changes",
          "/config/topics",
          "/config/clients",
          "/config/users",
          "/config/brokers",
          "/config/ips",
          "/admin",
          "/admin/delete_topics",
          "/isr_change_notification",
          "/latest_producer_id_block",
          "/log_dir_event_notification",
          "/cluster");

  /** Watched by every broker, each with all that is below it. */
  public static final List<String> WATCHED =
      List.of("/brokers", "/controller", "/config", "/admin");

  private Roots() {}
}
