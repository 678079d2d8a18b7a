/** What clients are told of brokers, topics and API versions. Everything is read from the image. */
package io.ottla.core.api.metadata;
