package io.ottla.tools.configs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ottla.tools.cli.ToolException;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.junit.jupiter.api.Test;

class ConfigFormatTest {
  @Test
  void readsListsInBrackets() {
    assertThat(ConfigList.toAdd("a=1, b=[x,y],c=d=e,f="))
        .isEqualTo(Map.of("a", "1", "b", "x,y", "c", "d=e", "f", ""));
    assertThat(ConfigList.toDelete("a, b,,c")).containsExactly("a", "b", "c");
    for (String wrong : new String[] {"a", "=1", "a=[1", "a=1]"}) {
      assertThatThrownBy(() -> ConfigList.toAdd(wrong)).as(wrong).isInstanceOf(ToolException.class);
    }
  }

  @Test
  void printsKafkasLayout() {
    ConfigEntry entry =
        new ConfigEntry(
            "k",
            "v",
            ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG,
            false,
            false,
            List.of(),
            ConfigEntry.ConfigType.STRING,
            null);
    assertThat(ConfigFormat.line(entry)).isEqualTo("  k=v sensitive=false synonyms={}");
  }

  @Test
  void namesWhatHasTheConfiguration() {
    Entity topic = new Entity(Entity.Kind.TOPIC, "t");
    Entity defaults = new Entity(Entity.Kind.BROKER, "");
    assertThat(topic.describedAs(false)).isEqualTo("Dynamic configs for topic t are:");
    assertThat(topic.describedAs(true)).isEqualTo("All configs for topic t are:");
    assertThat(topic.completed()).isEqualTo("Completed updating config for topic t.");
    assertThat(defaults.describedAs(false))
        .isEqualTo("Default configs for brokers in the cluster are:");
    assertThat(defaults.completed())
        .isEqualTo("Completed updating default config for brokers in the cluster.");
  }
}
