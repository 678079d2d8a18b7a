package io.ottla.tools.cli;

import java.util.ArrayList;
import java.util.List;

/** Left-aligned columns, padded to a least width or the longest cell, one space between them. */
public final class Table {
  private final List<String> header;
  private final int[] widths;
  private final List<List<String>> rows = new ArrayList<>();

  /**
   * Creates a table.
   *
   * @param header the first line
   * @param minimums the least width of each column; the last column is not padded when it has none
   *     (0)
   */
  public Table(List<String> header, int... minimums) {
    this.header = header;
    this.widths = new int[header.size()];
    for (int i = 0; i < widths.length; i++) {
      int minimum = i < minimums.length ? minimums[i] : 0;
      widths[i] = Math.max(minimum, header.get(i).length());
    }
  }

  /** Adds a row; null is shown as a dash. */
  public void row(Object... cells) {
    List<String> row = new ArrayList<>();
    for (int i = 0; i < cells.length; i++) {
      String text = cells[i] == null ? "-" : cells[i].toString();
      row.add(text);
      widths[i] = Math.max(widths[i], text.length());
    }
    rows.add(row);
  }

  /** The header and the rows. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(line(header));
    rows.forEach(row -> lines.add(line(row)));
    return lines;
  }

  private String line(List<String> cells) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < cells.size(); i++) {
      if (i > 0) {
        text.append(' ');
      }
      text.append(cells.get(i));
      if (i < cells.size() - 1) {
        text.append(" ".repeat(widths[i] - cells.get(i).length()));
      }
    }
    return text.toString();
  }
}
