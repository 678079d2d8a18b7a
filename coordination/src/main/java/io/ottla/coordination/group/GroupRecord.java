package io.ottla.coordination.group;

/** One record of {@code __consumer_offsets}; a null value is a tombstone. */
public sealed interface GroupRecord {
  String groupId();

  record Offset(String groupId, String topic, int partition, CommittedOffset value)
      implements GroupRecord {}

  record Metadata(String groupId, GroupMetadata value) implements GroupRecord {}
}
