package io.ottla.coordination.group;

/** Who joins, as shown by DescribeGroups. Both never null; the host is written "/1.2.3.4". */
public record ClientOrigin(String clientId, String clientHost) {}
