package io.ottla.log.segment;

import java.util.OptionalLong;

/** Names of a partition directory's files: a 20 digit base offset and a suffix. */
public final class FileNames {
  public static final String LOG = ".log";
  public static final String OFFSET_INDEX = ".index";
  public static final String TIME_INDEX = ".timeindex";
  public static final String TXN_INDEX = ".txnindex";
  public static final String SNAPSHOT = ".snapshot";
  public static final String DELETED = ".deleted";
  public static final String CLEANED = ".cleaned";
  public static final String SWAP = ".swap";

  private static final int DIGITS = 20;

  private FileNames() {}

  public static String of(long baseOffset, String suffix) {
    String digits = Long.toString(baseOffset);
    return "0".repeat(DIGITS - digits.length()) + digits + suffix;
  }

  /** The offset in front of {@code suffix}, or empty when the name has another form. */
  public static OptionalLong offset(String name, String suffix) {
    if (name.length() != DIGITS + suffix.length() || !name.endsWith(suffix)) {
      return OptionalLong.empty();
    }
    for (int i = 0; i < DIGITS; i++) {
      if (name.charAt(i) < '0' || name.charAt(i) > '9') {
        return OptionalLong.empty();
      }
    }
    try {
      return OptionalLong.of(Long.parseLong(name.substring(0, DIGITS)));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }
}
