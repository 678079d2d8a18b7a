/** Creating, growing and deleting topics, and the rules of their names. */
package io.ottla.core.api.topics;
