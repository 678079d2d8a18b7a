package io.ottla.coordination.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.apache.kafka.common.protocol.types.ArrayOf;
import org.apache.kafka.common.protocol.types.Field;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.Struct;
import org.apache.kafka.common.protocol.types.Type;
import org.junit.jupiter.api.Test;

class GroupRecordCodecTest {
  private static final HexFormat HEX = HexFormat.of();
  private static final CommittedOffset OFFSET = new CommittedOffset(258, 7, "md", 1_000, -1);
  private static final Schema MEMBER =
      new Schema(
          new Field("id", Type.STRING),
          new Field("instance", Type.NULLABLE_STRING),
          new Field("client", Type.STRING),
          new Field("host", Type.STRING),
          new Field("rebalance", Type.INT32),
          new Field("session", Type.INT32),
          new Field("subscription", Type.BYTES),
          new Field("assignment", Type.BYTES));
  private static final Schema GROUP_VALUE =
      new Schema(
          new Field("version", Type.INT16),
          new Field("type", Type.STRING),
          new Field("generation", Type.INT32),
          new Field("protocol", Type.NULLABLE_STRING),
          new Field("leader", Type.NULLABLE_STRING),
          new Field("since", Type.INT64),
          new Field("members", new ArrayOf(MEMBER)));

  private static GroupMetadata group(String instanceId) {
    return new GroupMetadata(
        "consumer",
        5,
        "range",
        "m-1",
        99,
        List.of(
            new MemberMetadata(
                "m-1",
                instanceId,
                "c",
                "/h",
                300_000,
                45_000,
                Blob.of(new byte[] {1, 2}),
                Blob.of(new byte[] {3}))));
  }

  private static Optional<GroupRecord> roundTrip(GroupRecord record) {
    byte[] value = GroupRecordCodec.value(record);
    return GroupRecordCodec.decode(
        ByteBuffer.wrap(GroupRecordCodec.key(record)),
        value == null ? null : ByteBuffer.wrap(value));
  }

  @Test
  void offsetBytes() {
    GroupRecord record = new GroupRecord.Offset("grp", "topic", 9, OFFSET);
    assertThat(HEX.formatHex(GroupRecordCodec.key(record)))
        .isEqualTo("0001" + "0003677270" + "0005746f706963" + "00000009");
    assertThat(HEX.formatHex(GroupRecordCodec.value(record)))
        .isEqualTo("0003" + "0000000000000102" + "00000007" + "00026d64" + "00000000000003e8");
  }

  @Test
  void explicitExpiryIsWrittenAsVersion1() {
    CommittedOffset value = new CommittedOffset(258, -1, "", 1_000, 2_000);
    GroupRecord record = new GroupRecord.Offset("grp", "topic", 9, value);
    assertThat(HEX.formatHex(GroupRecordCodec.value(record)))
        .isEqualTo("0001" + "0000000000000102" + "0000" + "00000000000003e8" + "00000000000007d0");
    assertThat(roundTrip(record)).contains(record);
  }

  @Test
  void groupBytesAreReadByKafkasSchemaTypes() {
    GroupRecord record = new GroupRecord.Metadata("grp", group("i-1"));
    assertThat(HEX.formatHex(GroupRecordCodec.key(record))).isEqualTo("0002" + "0003677270");
    Struct struct = GROUP_VALUE.read(ByteBuffer.wrap(GroupRecordCodec.value(record)));
    assertThat(struct.getShort("version")).isEqualTo((short) 3);
    assertThat(struct.getString("type")).isEqualTo("consumer");
    assertThat(struct.getInt("generation")).isEqualTo(5);
    assertThat(struct.getString("leader")).isEqualTo("m-1");
    assertThat(struct.getLong("since")).isEqualTo(99L);
    Struct member = (Struct) struct.getArray("members")[0];
    assertThat(member.getString("instance")).isEqualTo("i-1");
    assertThat(member.getInt("rebalance")).isEqualTo(300_000);
    assertThat(member.getBytes("assignment")).isEqualTo(ByteBuffer.wrap(new byte[] {3}));
    ByteBuffer written = ByteBuffer.allocate(struct.sizeOf());
    struct.writeTo(written);
    assertThat(written.array()).isEqualTo(GroupRecordCodec.value(record));
  }

  @Test
  void groupsAndTombstonesRoundTrip() {
    List<GroupRecord> records =
        List.of(
            new GroupRecord.Metadata("g", group(null)),
            new GroupRecord.Metadata("g", new GroupMetadata("", 3, null, null, -1, List.of())),
            new GroupRecord.Metadata("g", null),
            new GroupRecord.Offset("", "t", 0, OFFSET),
            new GroupRecord.Offset("g", "t", 0, null));
    assertThat(records).allSatisfy(record -> assertThat(roundTrip(record)).contains(record));
  }

  @Test
  void olderAndFlexibleValuesAreRead() {
    ByteBuffer key = ByteBuffer.wrap(HEX.parseHex("0000" + "000167" + "000174" + "00000001"));
    String offset = "0000000000000102";
    String time = "00000000000003e8";
    assertThat(GroupRecordCodec.decode(key, hex("0000" + offset + "00026d64" + time)))
        .contains(
            new GroupRecord.Offset("g", "t", 1, new CommittedOffset(258, -1, "md", 1_000, -1)));
    assertThat(GroupRecordCodec.decode(key, hex("0002" + offset + "00026d64" + time)))
        .contains(
            new GroupRecord.Offset("g", "t", 1, new CommittedOffset(258, -1, "md", 1_000, -1)));
    assertThat(
            GroupRecordCodec.decode(
                key, hex("0004" + offset + "00000007" + "036d64" + time + "00")))
        .contains(new GroupRecord.Offset("g", "t", 1, OFFSET));
    // group value 0: no state time, no rebalance timeout, no instance id
    assertThat(
            GroupRecordCodec.decode(
                hex("0002" + "000167"),
                hex(
                    "0000"
                        + "000174"
                        + "00000002"
                        + "000170"
                        + "00016d"
                        + "00000001"
                        + ("00016d" + "000163" + "000168" + "00002710" + "00000000" + "00000000"))))
        .contains(
            new GroupRecord.Metadata(
                "g",
                new GroupMetadata(
                    "t",
                    2,
                    "p",
                    "m",
                    -1,
                    List.of(
                        new MemberMetadata(
                            "m", null, "c", "h", 10_000, 10_000, Blob.EMPTY, Blob.EMPTY)))));
    // group value 4: compact strings and arrays, tagged fields
    assertThat(
            GroupRecordCodec.decode(
                hex("0002" + "000167"),
                hex(
                    "0004"
                        + "0274"
                        + "00000002"
                        + "0270"
                        + "026d"
                        + "0000000000000063"
                        + "02"
                        + ("026d"
                            + "00"
                            + "0263"
                            + "0268"
                            + "00000005"
                            + "00000006"
                            + "0201"
                            + "01")
                        + "00"
                        + "00")))
        .contains(
            new GroupRecord.Metadata(
                "g",
                new GroupMetadata(
                    "t",
                    2,
                    "p",
                    "m",
                    99,
                    List.of(
                        new MemberMetadata(
                            "m", null, "c", "h", 5, 6, Blob.of(new byte[] {1}), Blob.EMPTY)))));
  }

  @Test
  void recordsOfNewerKindsAreSkippedAndBrokenOnesNamed() {
    assertThat(GroupRecordCodec.decode(hex("0003" + "000167"), hex("0000"))).isEmpty();
    assertThatThrownBy(() -> GroupRecordCodec.decode(hex("0001" + "0009"), null))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> GroupRecordCodec.decode(hex("0002" + "000167"), hex("0009")))
        .hasMessageContaining("Group g has value version 9");
    assertThatThrownBy(
            () -> GroupRecordCodec.decode(hex("0002" + "000167"), hex("0003" + "00007fffffff")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Property(tries = 200)
  void anyBytesAreRefusedOrRead(
      @ForAll @Size(max = 60) byte[] key, @ForAll @Size(max = 90) byte[] value) {
    try {
      GroupRecordCodec.decode(ByteBuffer.wrap(key), ByteBuffer.wrap(value));
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageStartingWith("");
    }
  }

  @Test
  void subscriptionTopicsAreRead() {
    byte[] bytes =
        HEX.parseHex("0001" + "00000002" + "000161" + "000162" + "ffffffff" + "00000000");
    assertThat(ConsumerSubscription.topics(Blob.of(bytes)))
        .hasValueSatisfying(t -> assertThat(t).containsExactlyInAnyOrder("a", "b"));
    assertThat(ConsumerSubscription.topics(Blob.of("x".getBytes(StandardCharsets.UTF_8))))
        .isEmpty();
  }

  private static ByteBuffer hex(String hex) {
    return ByteBuffer.wrap(HEX.parseHex(hex));
  }
}
