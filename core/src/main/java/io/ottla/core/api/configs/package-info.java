/** Reading and changing the configuration of topics and brokers. */
package io.ottla.core.api.configs;
