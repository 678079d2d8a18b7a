/** kafka-configs: read {@link io.ottla.tools.configs.ConfigsTool} first. */
package io.ottla.tools.configs;
