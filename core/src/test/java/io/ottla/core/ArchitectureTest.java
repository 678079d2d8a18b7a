package io.ottla.core;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;

/**
 * The directions in which packages may depend on each other. A failure means that a class is in the
 * wrong place: move it or turn the dependency around, do not widen the rule.
 */
@AnalyzeClasses(packages = "io.ottla", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String WAITING = "io.ottla.core.waiting..";
  private static final String PARTITION = "io.ottla.core.partition..";
  private static final String REPLICATION = "io.ottla.core.replication..";
  private static final String STATE = "io.ottla.core.state..";
  private static final String API = "io.ottla.core.api..";
  private static final String METRICS = "io.ottla.core.metrics..";
  private static final String BROKER = "io.ottla.core.broker..";

  private static final Set<String> CODES =
      Set.of("org.apache.kafka.common.protocol.ApiKeys", "org.apache.kafka.common.protocol.Errors");

  private static final DescribedPredicate<JavaClass> MESSAGE_CLASSES =
      describe(
          "generated messages, ApiKeys or Errors",
          type ->
              type.getPackageName().startsWith("org.apache.kafka.common.message")
                  || CODES.contains(type.getName()));

  private static final DescribedPredicate<JavaClass> WIRE_INTERNALS =
      describe(
          "kafka-clients' protocol or record packages",
          type ->
              (type.getPackageName().startsWith("org.apache.kafka.common.protocol")
                      || type.getPackageName().startsWith("org.apache.kafka.common.record"))
                  && !CODES.contains(type.getName()));

  @ArchTest
  static final ArchRule CONFIG_IS_LOWEST =
      noClasses()
          .that()
          .resideInAPackage("io.ottla.core.config..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(WAITING, PARTITION, REPLICATION, STATE, API, METRICS, BROKER)
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule WAITING_KNOWS_NOTHING_ABOVE =
      noClasses()
          .that()
          .resideInAPackage(WAITING)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(PARTITION, REPLICATION, STATE, API, METRICS, BROKER);

  @ArchTest
  static final ArchRule PARTITION_KNOWS_NOTHING_ABOVE =
      noClasses()
          .that()
          .resideInAPackage(PARTITION)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(REPLICATION, STATE, API, METRICS, BROKER, "io.ottla.network..");

  @ArchTest
  static final ArchRule REPLICATION_AND_STATE_KNOW_NOTHING_ABOVE =
      noClasses()
          .that()
          .resideInAnyPackage(REPLICATION, STATE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(API, METRICS, BROKER)
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule API_KNOWS_NOTHING_ABOVE =
      noClasses()
          .that()
          .resideInAPackage(API)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(METRICS, BROKER);

  @ArchTest
  static final ArchRule PACKAGES_OF_CORE_FORM_NO_CYCLE =
      slices().matching("io.ottla.core.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule LOG_IS_A_LEAF =
      noClasses()
          .that()
          .resideInAPackage("io.ottla.log..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.ottla.network..",
              "io.ottla.coordination..",
              "io.ottla.core..",
              "org.apache.kafka..");

  @ArchTest
  static final ArchRule NETWORK_IS_A_LEAF =
      noClasses()
          .that()
          .resideInAPackage("io.ottla.network..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.ottla.log..", "io.ottla.coordination..", "io.ottla.core..");

  @ArchTest
  static final ArchRule COORDINATION_IS_A_LEAF =
      noClasses()
          .that()
          .resideInAPackage("io.ottla.coordination..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.ottla.log..", "io.ottla.network..", "io.ottla.core..");

  @ArchTest
  static final ArchRule ONLY_THE_CODEC_TOUCHES_WIRE_INTERNALS =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.ottla.network.codec..")
          .and()
          .resideOutsideOfPackage("io.ottla.tools..")
          .should()
          .dependOnClassesThat(WIRE_INTERNALS);

  @ArchTest
  static final ArchRule MESSAGES_STAY_AT_THE_EDGE =
      noClasses()
          .that()
          .resideInAnyPackage(
              WAITING,
              PARTITION,
              "io.ottla.core.config..",
              "io.ottla.coordination.cluster..",
              "io.ottla.coordination.controller..",
              "io.ottla.coordination.znode..")
          .should()
          .dependOnClassesThat(MESSAGE_CLASSES);
}
