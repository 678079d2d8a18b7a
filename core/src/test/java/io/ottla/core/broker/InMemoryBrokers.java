package io.ottla.core.broker;

import io.ottla.coordination.InMemoryCluster;
import io.ottla.coordination.cluster.ClusterAdmin;
import io.ottla.coordination.cluster.Coordination;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/**
 * Lets real brokers, with their threads, share an in-memory cluster that has none: one lock around
 * it.
 */
final class InMemoryBrokers {
  private final InMemoryCluster cluster = InMemoryCluster.immediate();

  CoordinationFactory factory() {
    return (zooKeeper, brokerId, controller, metrics) -> {
      synchronized (cluster) {
        return locked(Coordination.class, cluster.coordination(brokerId, controller));
      }
    };
  }

  private <T> T locked(Class<T> type, T target) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, args) -> {
              synchronized (cluster) {
                try {
                  Object result = method.invoke(target, args);
                  return result instanceof ClusterAdmin admin
                      ? locked(ClusterAdmin.class, admin)
                      : result;
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              }
            }));
  }
}
