package io.ottla.network.codec;

import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.Writable;
import org.apache.kafka.common.record.internal.BaseRecords;

/** Writes nowhere: tells whether a message can be written. */
final class NullWritable implements Writable {
  @Override
  public void writeByte(byte value) {}

  @Override
  public void writeShort(short value) {}

  @Override
  public void writeInt(int value) {}

  @Override
  public void writeLong(long value) {}

  @Override
  public void writeDouble(double value) {}

  @Override
  public void writeByteArray(byte[] bytes) {}

  @Override
  public void writeUnsignedVarint(int value) {}

  @Override
  public void writeByteBuffer(ByteBuffer bytes) {}

  @Override
  public void writeVarint(int value) {}

  @Override
  public void writeVarlong(long value) {}

  @Override
  public void writeRecords(BaseRecords records) {}
}
