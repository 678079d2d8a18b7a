/**
 * Consumer groups as pure state machines: a request and the time go in, records to append, answers
 * and the next deadline come out. Nothing here has a thread, a clock or a socket; {@link
 * io.ottla.coordination.group.GroupShard} is the entrance and belongs to one thread.
 */
package io.ottla.coordination.group;
