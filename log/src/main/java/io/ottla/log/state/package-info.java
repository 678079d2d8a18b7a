/** What a log remembers beside its batches: leader epochs, producers, checkpoints, its identity. */
package io.ottla.log.state;
