package io.ottla.core.api.producers;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordination.cluster.ProducerIdBlock;
import io.ottla.core.api.ApiCaller;
import io.ottla.core.api.FakeCoordination;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProducerIdsTest {
  private final FakeCoordination coordination = new FakeCoordination(1);
  private final ProducerIds ids = new ProducerIds(coordination);

  private CompletableFuture<ProducerIdBlock> pendingBlock() {
    CompletableFuture<ProducerIdBlock> block = new CompletableFuture<>();
    coordination.blocks.add(block);
    return block;
  }

  @Test
  void waitsForTheFirstBlockAndAsksOnlyOnce() {
    CompletableFuture<ProducerIdBlock> block = pendingBlock();
    CompletableFuture<Long> first = ids.next();
    CompletableFuture<Long> second = ids.next();
    assertThat(first).isNotDone();
    block.complete(new ProducerIdBlock(1000, 1000));
    assertThat(first.join()).isEqualTo(1000);
    assertThat(second.join()).isEqualTo(1001);
    assertThat(coordination.calls).hasSize(1);
  }

  @Test
  void fetchesTheNextBlockAheadSoThatNobodyWaits() {
    pendingBlock().complete(new ProducerIdBlock(0, 10));
    for (int i = 0; i < 8; i++) {
      assertThat(ids.next().join()).isEqualTo(i);
    }
    assertThat(coordination.calls).hasSize(1);
    CompletableFuture<ProducerIdBlock> ahead = pendingBlock();
    assertThat(ids.next().join()).isEqualTo(8);
    assertThat(coordination.calls).hasSize(2);
    ahead.complete(new ProducerIdBlock(70, 10));
    assertThat(ids.next().join()).isEqualTo(9);
    assertThat(ids.next().join()).isEqualTo(70);
  }

  @Test
  void servesMoreWaitersThanABlockHolds() {
    CompletableFuture<ProducerIdBlock> one = pendingBlock();
    CompletableFuture<ProducerIdBlock> two = pendingBlock();
    List<CompletableFuture<Long>> waiting = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      waiting.add(ids.next());
    }
    one.complete(new ProducerIdBlock(0, 3));
    two.complete(new ProducerIdBlock(3, 3));
    assertThat(waiting)
        .extracting(CompletableFuture::join)
        .containsExactlyInAnyOrder(0L, 1L, 2L, 3L, 4L);
  }

  @Test
  void failsWaitersRetriablyAndTriesAgainForTheNext() {
    CompletableFuture<ProducerIdBlock> block = pendingBlock();
    CompletableFuture<Long> waiting = ids.next();
    block.completeExceptionally(new TimeoutException("ZooKeeper is away"));
    assertThat(waiting).isCompletedExceptionally();
    pendingBlock().complete(new ProducerIdBlock(5, 5));
    assertThat(ids.next().join()).isEqualTo(5);
  }

  @Test
  void survivesAFailedPrefetch() {
    pendingBlock().complete(new ProducerIdBlock(0, 10));
    for (int i = 0; i < 10; i++) {
      assertThat(ids.next().join()).isEqualTo(i); // prefetches fail: ZooKeeper is away
    }
    assertThat(ids.next()).isCompletedExceptionally();
    pendingBlock().complete(new ProducerIdBlock(20, 10));
    assertThat(ids.next().join()).isEqualTo(20);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void handlerGivesIdWithEpochZero(int version) {
    pendingBlock().complete(new ProducerIdBlock(4000, 1000));
    InitProducerIdResponseData answer = call(version, null);
    assertThat(answer.errorCode()).isZero();
    assertThat(answer.producerId()).isEqualTo(4000);
    assertThat(answer.producerEpoch()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5})
  void handlerRefusesTransactionsForGoodAndIdsForNow(int version) {
    assertThat(call(version, "tx").errorCode()).isEqualTo(Errors.INVALID_REQUEST.code());
    InitProducerIdResponseData away = call(version, null);
    assertThat(away.errorCode()).isEqualTo(Errors.COORDINATOR_LOAD_IN_PROGRESS.code());
    assertThat(away.producerId()).isEqualTo(-1);
  }

  private InitProducerIdResponseData call(int version, String transactionalId) {
    return new ApiCaller(new InitProducerIdHandler(ids))
        .call(
            version,
            new InitProducerIdRequestData()
                .setTransactionalId(transactionalId)
                .setTransactionTimeoutMs(1000),
            InitProducerIdResponseData.class);
  }
}
