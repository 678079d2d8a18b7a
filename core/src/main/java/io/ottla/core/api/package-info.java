/**
 * Request handling: the table of handlers and what they share. One sub-package per family of APIs,
 * one class per API key. Start reading at {@link io.ottla.core.api.ApiDispatcher}.
 */
package io.ottla.core.api;
