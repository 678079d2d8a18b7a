/** What lies on the disks of this broker. */
package io.ottla.core.api.logdirs;
