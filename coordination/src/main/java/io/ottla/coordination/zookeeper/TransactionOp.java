package io.ottla.coordination.zookeeper;

import org.apache.curator.framework.api.transaction.CuratorOp;
import org.apache.curator.framework.api.transaction.OperationType;
import org.apache.curator.framework.api.transaction.TypeAndPath;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.ZooDefs.OpCode;

/**
 * A write as Curator's transactions want it. Made directly, because Curator's own builders need a
 * client, and batches are put together by those that have none.
 *
 * @param get the write
 * @param getTypeAndPath what Curator notes beside it
 */
record TransactionOp(Op get, TypeAndPath getTypeAndPath) implements CuratorOp {
  static TransactionOp of(Op op) {
    return new TransactionOp(op, new TypeAndPath(type(op), op.getPath()));
  }

  private static OperationType type(Op op) {
    return switch (op.getType()) {
      case OpCode.create -> OperationType.CREATE;
      case OpCode.setData -> OperationType.SET_DATA;
      case OpCode.delete -> OperationType.DELETE;
      case OpCode.check -> OperationType.CHECK;
      default ->
          throw new IllegalArgumentException(
              "operation of type " + op.getType() + " on " + op.getPath() + " is not a write");
    };
  }
}
