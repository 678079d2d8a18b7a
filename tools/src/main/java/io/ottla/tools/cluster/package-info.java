/** Small tools that look at a cluster: offsets, API versions, leader election, log directories. */
package io.ottla.tools.cluster;
