package io.ottla.core.config;

import java.util.Locale;
import org.apache.kafka.common.config.ConfigDef;

/** Words about keys shared by broker and topic keys. */
final class KeyText {
  private KeyText() {}

  static String expected(ConfigDef.Type type, ConfigDef.Validator range, String defaultText) {
    StringBuilder text = new StringBuilder(type.name().toLowerCase(Locale.ROOT));
    if (range != null) {
      text.append(", ").append(range);
    }
    if (defaultText != null && !defaultText.isEmpty()) {
      text.append(" (default ").append(defaultText).append(')');
    }
    return text.toString();
  }
}
