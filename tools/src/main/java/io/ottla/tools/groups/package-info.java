/** kafka-consumer-groups: read {@link io.ottla.tools.groups.ConsumerGroups} first. */
package io.ottla.tools.groups;
