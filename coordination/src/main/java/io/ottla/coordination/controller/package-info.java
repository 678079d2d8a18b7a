/** The controller: pure functions that decide, and the loop that writes what they decided. */
package io.ottla.coordination.controller;
