/** Record batch v2: header flyweight, iterate, validate, stamp, build, compression codecs. */
package io.ottla.log.batch;
