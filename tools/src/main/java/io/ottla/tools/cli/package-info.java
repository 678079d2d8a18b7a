/** What every command line tool shares: options, exit codes, error lines, tables and JSON. */
package io.ottla.tools.cli;
