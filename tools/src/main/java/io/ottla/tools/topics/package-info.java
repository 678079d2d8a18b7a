/** kafka-topics: read {@link io.ottla.tools.topics.TopicsTool} first. */
package io.ottla.tools.topics;
