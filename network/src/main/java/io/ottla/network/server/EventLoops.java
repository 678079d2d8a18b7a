package io.ottla.network.server;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The event loops of one broker, shared by its server and its clients: threads {@code io-0} to
 * {@code io-(n-1)}, native epoll where there is one, else NIO. Whoever creates it closes it, after
 * the server and the clients.
 */
public final class EventLoops implements AutoCloseable {
  private final EventLoopGroup group;
  private final ByteBufAllocator allocator;
  private final boolean epoll;
  private final int size;

  /** Event loops with the defaults: epoll if the machine has it, Netty's pooled allocator. */
  public EventLoops(int threads) {
    this(threads, "io", Epoll.isAvailable(), PooledByteBufAllocator.DEFAULT);
  }

  /**
   * @param threads number of event loops, at least 1
   * @param threadName what thread names start with; {@code -N} is added
   * @param epoll whether to use native epoll
   * @param allocator where the buffers of all connections on these loops come from
   */
  public EventLoops(int threads, String threadName, boolean epoll, ByteBufAllocator allocator) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads is " + threads + ", must be at least 1");
    }
    IoHandlerFactory io = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    this.group = new MultiThreadIoEventLoopGroup(threads, named(threadName), io);
    this.allocator = allocator;
    this.epoll = epoll;
    this.size = threads;
  }

  /** Netty's own factory numbers from 1 and over all pools of a name; this one from 0. */
  private static ThreadFactory named(String prefix) {
    AtomicInteger number = new AtomicInteger();
    DefaultThreadFactory threads = new DefaultThreadFactory(prefix, true);
    return task -> {
      Thread thread = threads.newThread(task);
      thread.setName(prefix + "-" + number.getAndIncrement());
      return thread;
    };
  }

  public EventLoopGroup group() {
    return group;
  }

  public ByteBufAllocator allocator() {
    return allocator;
  }

  /** Whether these loops are native epoll loops. */
  public boolean epoll() {
    return epoll;
  }

  /** Number of event loops. */
  public int size() {
    return size;
  }

  /** One of the loops, in turn. */
  public EventLoop next() {
    return group.next();
  }

  /** Stops the loops and waits up to ten seconds for their tasks. */
  @Override
  public void close() {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(10, TimeUnit.SECONDS);
  }
}
