package io.ottla.core.metrics;

import com.codahale.metrics.jmx.ObjectNameFactory;
import java.util.regex.Pattern;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;

/**
 * Names in the metric registry are JMX object names in text form, {@code
 * domain:type=T,name=N,tag=v}, so that a metric is registered under the name people look for.
 * Whatever else is registered appears in the domain {@code ottla}.
 */
public final class MetricNames {
  private static final Pattern PLAIN = Pattern.compile("[\\w.%/\\[\\]() -]+");
  private static final String OWN_DOMAIN = "ottla";

  private MetricNames() {}

  /** {@code domain:type=type,name=name} and the tags, given as key, value, key, value. */
  public static String of(String domain, String type, String name, String... tags) {
    StringBuilder text = new StringBuilder(domain).append(":type=").append(type);
    text.append(",name=").append(name);
    for (int i = 0; i < tags.length; i += 2) {
      text.append(',').append(tags[i]).append('=').append(value(tags[i + 1]));
    }
    return text.toString();
  }

  private static String value(String text) {
    return PLAIN.matcher(text).matches() ? text : ObjectName.quote(text);
  }

  /** Turns registry names back into object names. */
  public static ObjectNameFactory objectNames() {
    return (kind, domain, name) -> objectName(name);
  }

  static ObjectName objectName(String name) {
    try {
      int colon = name.indexOf(":type=");
      if (colon > 0) {
        return new ObjectName(name);
      }
      return new ObjectName(OWN_DOMAIN, "name", value(name));
    } catch (MalformedObjectNameException e) {
      throw new IllegalArgumentException("not usable as a metric name: " + name, e);
    }
  }
}
