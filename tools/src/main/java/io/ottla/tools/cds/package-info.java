/** Makes the class-data archive that lets tools and servers start faster. */
package io.ottla.tools.cds;
