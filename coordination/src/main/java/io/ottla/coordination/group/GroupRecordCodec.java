package io.ottla.coordination.group;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Bytes of the records of {@code __consumer_offsets}, in Kafka's formats.
 *
 * <pre>
 * key 0, 1   int16 version | group | topic | int32 partition
 * key 2      int16 version | group
 * offset     int16 version | int64 offset | int32 leaderEpoch (3+) | metadata | int64 commitTime | int64 expireTime (1)
 * group      int16 version | protocolType | int32 generation | protocol? | leader? | int64 stateTime (2+) | members[]
 * member     memberId | instanceId? (3+) | clientId | host | int32 rebalanceTimeout (1+) | int32 sessionTimeout
 *            | subscription | assignment
 * </pre>
 *
 * Strings have an int16 length, arrays and bytes an int32 one; version 4 of both values is the
 * flexible form (unsigned varint of length + 1, tagged fields). Written are key 1 with value 3 (1
 * when an explicit expiry was asked for) and key 2 with value 3.
 */
public final class GroupRecordCodec {
  private static final short OFFSET_KEY = 1;
  private static final short GROUP_KEY = 2;
  private static final short FLEXIBLE = 4;

  private GroupRecordCodec() {}

  public static byte[] key(GroupRecord record) {
    FieldWriter out = new FieldWriter();
    if (record instanceof GroupRecord.Offset offset) {
      out.int16(OFFSET_KEY).string(offset.groupId()).string(offset.topic());
      out.int32(offset.partition());
    } else {
      out.int16(GROUP_KEY).string(record.groupId());
    }
    return out.toBytes();
  }

  /** Null for a tombstone. */
  public static byte[] value(GroupRecord record) {
    if (record instanceof GroupRecord.Offset offset) {
      return offset.value() == null ? null : offsetValue(offset.value());
    }
    GroupMetadata group = ((GroupRecord.Metadata) record).value();
    return group == null ? null : groupValue(group);
  }

  private static byte[] offsetValue(CommittedOffset value) {
    FieldWriter out = new FieldWriter();
    if (value.expireTimestampMs() >= 0) {
      out.int16(1).int64(value.offset()).string(value.metadata());
      out.int64(value.commitTimestampMs()).int64(value.expireTimestampMs());
    } else {
      out.int16(3).int64(value.offset()).int32(value.leaderEpoch()).string(value.metadata());
      out.int64(value.commitTimestampMs());
    }
    return out.toBytes();
  }

  private static byte[] groupValue(GroupMetadata group) {
    FieldWriter out = new FieldWriter();
    out.int16(3).string(group.protocolType()).int32(group.generation());
    out.nullableString(group.protocol()).nullableString(group.leaderId());
    out.int64(group.stateTimestampMs()).int32(group.members().size());
    for (MemberMetadata member : group.members()) {
      out.string(member.memberId()).nullableString(member.instanceId());
      out.string(member.clientId()).string(member.clientHost());
      out.int32(member.rebalanceTimeoutMs()).int32(member.sessionTimeoutMs());
      out.bytes(member.subscription().bytes()).bytes(member.assignment().bytes());
    }
    return out.toBytes();
  }

  /**
   * Reads one record; {@code value} is null for a tombstone. Buffers are read from their position.
   *
   * @return empty for kinds this coordinator does not keep (newer group types)
   * @throws IllegalArgumentException if the bytes are not a record of a kind it keeps
   */
  public static Optional<GroupRecord> decode(ByteBuffer key, ByteBuffer value) {
    FieldReader in = new FieldReader(key);
    try {
      int version = in.int16();
      if (version < 0 || version > GROUP_KEY) {
        return Optional.empty();
      }
      String group = in.string();
      if (version == GROUP_KEY) {
        return Optional.of(
            new GroupRecord.Metadata(group, value == null ? null : readGroup(group, value)));
      }
      String topic = in.string();
      int partition = in.int32();
      return Optional.of(
          new GroupRecord.Offset(
              group, topic, partition, value == null ? null : readOffset(group, value)));
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("A record of __consumer_offsets ends too early.", e);
    }
  }

  private static CommittedOffset readOffset(String group, ByteBuffer value) {
    FieldReader in = new FieldReader(value);
    int version = in.int16();
    if (version < 0 || version > FLEXIBLE) {
      throw new IllegalArgumentException(
          "Offset of group " + group + " has value version " + version + "; known are 0 to 4.");
    }
    in.flexible(version >= FLEXIBLE);
    long offset = in.int64();
    int leaderEpoch = version >= 3 ? in.int32() : -1;
    String metadata = in.string();
    long commitTimestamp = in.int64();
    long expireTimestamp = version == 1 ? in.int64() : -1L;
    return new CommittedOffset(offset, leaderEpoch, metadata, commitTimestamp, expireTimestamp);
  }

  private static GroupMetadata readGroup(String group, ByteBuffer value) {
    FieldReader in = new FieldReader(value);
    int version = in.int16();
    if (version < 0 || version > FLEXIBLE) {
      throw new IllegalArgumentException(
          "Group " + group + " has value version " + version + "; known are 0 to 4.");
    }
    in.flexible(version >= FLEXIBLE);
    String protocolType = in.string();
    int generation = in.int32();
    String protocol = in.nullableString();
    String leader = in.nullableString();
    long stateTimestamp = version >= 2 ? in.int64() : -1L;
    int count = in.arrayLength();
    List<MemberMetadata> members = new ArrayList<>(Math.min(count, 1_024));
    for (int i = 0; i < count; i++) {
      members.add(readMember(in, version));
    }
    return new GroupMetadata(protocolType, generation, protocol, leader, stateTimestamp, members);
  }

  private static MemberMetadata readMember(FieldReader in, int version) {
    String memberId = in.string();
    String instanceId = version >= 3 ? in.nullableString() : null;
    String clientId = in.string();
    String clientHost = in.string();
    int rebalanceTimeout = version >= 1 ? in.int32() : -1;
    int sessionTimeout = in.int32();
    Blob subscription = Blob.of(in.bytes());
    Blob assignment = Blob.of(in.bytes());
    in.taggedFields();
    return new MemberMetadata(
        memberId,
        instanceId,
        clientId,
        clientHost,
        rebalanceTimeout < 0 ? sessionTimeout : rebalanceTimeout,
        sessionTimeout,
        subscription,
        assignment);
  }
}
