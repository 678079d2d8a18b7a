/** Producer ids, and what partitions know of producers. */
package io.ottla.core.api.producers;
