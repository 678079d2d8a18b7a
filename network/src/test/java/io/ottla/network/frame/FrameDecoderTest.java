package io.ottla.network.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrameDecoderTest {
  private static final int MAX = 1_000_000;
  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);

  @Test
  void framesCutAtEveryByteComeOutTheSame() throws ProtocolException {
    byte[] stream = stream(new int[] {10, 0, 1, 37}, 1);
    List<String> expected = decode(stream, new int[] {stream.length});
    assertThat(expected).hasSize(4);
    for (int first = 0; first <= stream.length; first++) {
      for (int second = first; second <= stream.length; second++) {
        int[] cuts = {first, second - first, stream.length - second};
        assertThat(decode(stream, cuts)).isEqualTo(expected);
      }
    }
    assertNothingHeld();
  }

  @Property(tries = 40)
  void framesInRandomPiecesComeOutTheSame(@ForAll long seed) throws ProtocolException {
    Random random = new Random(seed);
    int[] sizes = random.ints(1 + random.nextInt(6), 0, 200_000).toArray();
    byte[] stream = stream(sizes, seed);
    List<Integer> cuts = new ArrayList<>();
    for (int left = stream.length; left > 0; ) {
      int cut = Math.min(left, 1 + random.nextInt(random.nextBoolean() ? 200_000 : 50));
      cuts.add(cut);
      left -= cut;
      if (cuts.size() > 300) {
        cuts.add(left);
        break;
      }
    }
    List<String> whole = decode(stream, new int[] {stream.length});
    assertThat(decode(stream, cuts.stream().mapToInt(Integer::intValue).toArray()))
        .isEqualTo(whole)
        .hasSize(sizes.length);
    assertNothingHeld();
  }

  @Test
  void aWholeFrameIsNotCopied() throws ProtocolException {
    FrameDecoder decoder = new FrameDecoder(MAX, allocator);
    ByteBuf bytes = buffer(stream(new int[] {10, 20}, 1));
    decoder.add(bytes);
    ByteBuf first = decoder.next();
    bytes.setByte(4, 123);
    assertThat(first.getByte(first.readerIndex())).isEqualTo((byte) 123);
    ByteBuf second = decoder.next();
    assertThat(second).isSameAs(bytes);
    assertThat(decoder.next()).isNull();
    first.release();
    second.release();
    assertNothingHeld();
  }

  @Test
  void allocatesByWhatArrivedAndNotByWhatIsAnnounced() throws ProtocolException {
    FrameDecoder decoder = new FrameDecoder(100_000_000, allocator);
    byte[] head = {5, (byte) 0xf5, (byte) 0xe1, 0, 1};
    decoder.add(buffer(head));
    assertThat(decoder.next()).isNull();
    assertThat(decoder.isMidFrame()).isTrue();
    assertThat(used()).isLessThanOrEqualTo(FrameDecoder.FIRST_ALLOCATION);
    long received = 1;
    byte[] piece = new byte[10_000];
    for (int i = 0; i < 200; i++) {
      decoder.add(buffer(piece));
      assertThat(decoder.next()).isNull();
      received += piece.length;
      assertThat(used())
          .isLessThanOrEqualTo(
              Math.max(FrameDecoder.FIRST_ALLOCATION, FrameDecoder.GROWTH * received));
    }
    assertThat(decoder.receivedOfFrame()).isEqualTo((int) received + 4);
    decoder.release();
    assertNothingHeld();
  }

  @ParameterizedTest
  @CsvSource({"-1", "-2147483648", "1000001", "2147483647"})
  void refusesLengthsThatCannotBe(int length) {
    FrameDecoder decoder = new FrameDecoder(MAX, allocator);
    decoder.add(allocator.directBuffer().writeInt(length));
    assertThatThrownBy(decoder::next)
        .isInstanceOfSatisfying(
            ProtocolException.class, e -> assertThat(e.reason()).isEqualTo(CloseReason.FRAME_SIZE));
    decoder.release();
    assertNothingHeld();
  }

  @Test
  void recognisesOtherProtocolsByTheirGreeting() {
    assertThat(greeting("GET / HTTP/1.1\r\n".getBytes(java.nio.charset.StandardCharsets.UTF_8)))
        .isEqualTo(CloseReason.HTTP_ON_PLAINTEXT);
    assertThat(greeting(new byte[] {0x16, 3, 1, 2, 0, 1})).isEqualTo(CloseReason.TLS_ON_PLAINTEXT);
    assertThat(greeting(new byte[] {0x15, 3, 3, 0, 2})).isEqualTo(CloseReason.TLS_ON_PLAINTEXT);
    assertThat(greeting("SSH-2.0-x".getBytes(java.nio.charset.StandardCharsets.UTF_8)))
        .isEqualTo(CloseReason.OTHER_PROTOCOL);
    assertThat(greeting("ruok".getBytes(java.nio.charset.StandardCharsets.UTF_8)))
        .isEqualTo(CloseReason.FRAME_SIZE);
  }

  private CloseReason greeting(byte[] first) {
    FrameDecoder decoder = new FrameDecoder(Integer.MAX_VALUE - 8, allocator);
    FrameDecoder strict = new FrameDecoder(MAX, allocator);
    decoder.add(buffer(first));
    strict.add(buffer(first));
    CloseReason reason = null;
    try {
      assertThat(strict.next()).isNull();
    } catch (ProtocolException e) {
      reason = e.reason();
    }
    if (reason != CloseReason.FRAME_SIZE) {
      assertThatThrownBy(decoder::next).isInstanceOf(ProtocolException.class);
    }
    decoder.release();
    strict.release();
    return reason;
  }

  private List<String> decode(byte[] stream, int[] cuts) throws ProtocolException {
    FrameDecoder decoder = new FrameDecoder(MAX, allocator);
    List<String> frames = new ArrayList<>();
    int at = 0;
    for (int cut : cuts) {
      decoder.add(allocator.directBuffer(Math.max(1, cut)).writeBytes(stream, at, cut));
      at += cut;
      for (ByteBuf frame = decoder.next(); frame != null; frame = decoder.next()) {
        frames.add(ByteBufUtil.hexDump(frame));
        frame.release();
      }
    }
    assertThat(decoder.isMidFrame()).isFalse();
    decoder.release();
    return frames;
  }

  private static byte[] stream(int[] sizes, long seed) {
    Random random = new Random(seed);
    int total = 0;
    for (int size : sizes) {
      total += 4 + size;
    }
    java.nio.ByteBuffer stream = java.nio.ByteBuffer.allocate(total);
    for (int size : sizes) {
      byte[] frame = new byte[size];
      random.nextBytes(frame);
      stream.putInt(size).put(frame);
    }
    return stream.array();
  }

  private ByteBuf buffer(byte[] bytes) {
    return allocator.directBuffer(bytes.length).writeBytes(bytes);
  }

  private long used() {
    return allocator.metric().usedDirectMemory() + allocator.metric().usedHeapMemory();
  }

  private void assertNothingHeld() {
    assertThat(used()).isZero();
  }
}
