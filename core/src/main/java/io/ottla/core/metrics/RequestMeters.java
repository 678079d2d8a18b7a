package io.ottla.core.metrics;

import com.codahale.metrics.Histogram;
import com.codahale.metrics.Meter;
import io.ottla.core.api.RequestMetrics;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * Counts and times of requests by API. What is made for an API is made when it is first used; there
 * are never more metrics than APIs, versions and error codes. Thread-safe; a request costs a
 * handful of additions and no clock.
 */
public final class RequestMeters implements RequestMetrics {
  private static final String DOMAIN = "kafka.network";
  private static final String TYPE = "RequestMetrics";

  /** Times are counted in microseconds and shown in milliseconds. */
  private static final double MICROS_TO_MILLIS = 0.001;

  private static final int HIGHEST_ERROR =
      Arrays.stream(Errors.values()).mapToInt(Errors::code).max().orElseThrow();

  private final BrokerMetrics metrics;
  private final AtomicReferenceArray<OfApi> apis = new AtomicReferenceArray<>(highestId() + 1);
  private final Meter unexpectedFailures;
  private final Meter rejected;

  public RequestMeters(BrokerMetrics metrics) {
    this.metrics = metrics;
    this.unexpectedFailures =
        metrics.meter(MetricNames.of(DOMAIN, TYPE, "UnexpectedFailuresPerSec"));
    this.rejected = metrics.meter(MetricNames.of(DOMAIN, TYPE, "RejectedRequestsPerSec"));
  }

  private static int highestId() {
    int highest = 0;
    for (ApiKeys key : ApiKeys.values()) {
      highest = Math.max(highest, key.id);
    }
    return highest;
  }

  @Override
  public void requestReceived(ApiKeys key, short version, int bytes) {
    OfApi api = of(key);
    api.requests(version).mark();
    api.bytes.update(bytes);
  }

  @Override
  public void requestCompleted(ApiKeys key, long queueNanos, long localNanos, long totalNanos) {
    OfApi api = of(key);
    api.queueTime.update(TimeUnit.NANOSECONDS.toMicros(queueNanos));
    api.localTime.update(TimeUnit.NANOSECONDS.toMicros(localNanos));
    api.remoteTime.update(
        TimeUnit.NANOSECONDS.toMicros(Math.max(0, totalNanos - localNanos - queueNanos)));
    api.totalTime.update(TimeUnit.NANOSECONDS.toMicros(totalNanos));
  }

  @Override
  public void error(ApiKeys key, Errors error) {
    of(key).errors(error).mark();
  }

  @Override
  public void unexpectedFailure(ApiKeys key) {
    unexpectedFailures.mark();
  }

  @Override
  public void rejected(ApiKeys key) {
    rejected.mark();
  }

  private OfApi of(ApiKeys key) {
    OfApi api = apis.get(key.id);
    if (api == null) {
      // Two threads may both make one: the metrics behind them are the same.
      api = new OfApi(key);
      apis.set(key.id, api);
    }
    return api;
  }

  /** The metrics of one API. */
  private final class OfApi {
    private final String request;
    private final Histogram bytes;
    private final Histogram totalTime;
    private final Histogram queueTime;
    private final Histogram localTime;
    private final Histogram remoteTime;
    private final AtomicReferenceArray<Meter> byVersion;
    private final AtomicReferenceArray<Meter> byError =
        new AtomicReferenceArray<>(HIGHEST_ERROR + 2);

    OfApi(ApiKeys key) {
      request = key.name;
      byVersion = new AtomicReferenceArray<>(key.latestVersion(true) + 1);
      bytes = metrics.histogram(name("RequestBytes"), 1);
      totalTime = metrics.histogram(name("TotalTimeMs"), MICROS_TO_MILLIS);
      queueTime = metrics.histogram(name("RequestQueueTimeMs"), MICROS_TO_MILLIS);
      localTime = metrics.histogram(name("LocalTimeMs"), MICROS_TO_MILLIS);
      remoteTime = metrics.histogram(name("RemoteTimeMs"), MICROS_TO_MILLIS);
    }

    private String name(String name) {
      return MetricNames.of(DOMAIN, TYPE, name, "request", request);
    }

    Meter requests(short version) {
      // ApiVersions arrives with versions nobody knows; they count as the newest one.
      int index = Math.max(0, Math.min(version, byVersion.length() - 1));
      Meter meter = byVersion.get(index);
      if (meter == null) {
        meter =
            metrics.meter(
                MetricNames.of(
                    DOMAIN,
                    TYPE,
                    "RequestsPerSec",
                    "request",
                    request,
                    "version",
                    Integer.toString(index)));
        byVersion.set(index, meter);
      }
      return meter;
    }

    Meter errors(Errors error) {
      int index = error.code() + 1; // the codes begin at -1
      Meter meter = byError.get(index);
      if (meter == null) {
        meter =
            metrics.meter(
                MetricNames.of(
                    DOMAIN, TYPE, "ErrorsPerSec", "request", request, "error", error.name()));
        byError.set(index, meter);
      }
      return meter;
    }
  }
}
