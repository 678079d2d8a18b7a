package io.ottla.coordination.znode;

import java.nio.charset.StandardCharsets;

/**
 * {@code /controller_epoch}: a number as plain text. Its znode version fences every write of a
 * controller.
 */
public final class ControllerEpochZNode {
  public static final String PATH = "/controller_epoch";

  private ControllerEpochZNode() {}

  public static byte[] encode(int epoch) {
    return Integer.toString(epoch).getBytes(StandardCharsets.UTF_8);
  }

  public static int decode(byte[] data) {
    try {
      return Integer.parseInt(Json.text(data).trim());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "znode " + PATH + " holds no number: " + Json.text(data), e);
    }
  }
}
