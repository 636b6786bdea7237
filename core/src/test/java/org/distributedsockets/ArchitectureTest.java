package org.distributedsockets;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Who may know whom in core, as docs/architecture.md draws it. */
class ArchitectureTest {
  private static final String API = "org.distributedsockets";

  private static final JavaClasses CORE =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(API);

  @Test
  void nothingIsKnownButTheJdkGsonJakartaAndJSpecify() {
    classes()
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                "org.distributedsockets..",
                "java..",
                "jakarta.servlet..",
                "jakarta.websocket..",
                "com.google.gson..",
                "org.jspecify.annotations.."))
        .check(CORE);
  }

  @Test
  void onlyTheServletKnowsJakarta() {
    noClasses()
        .that(not(resideInAPackage(API + ".servlet..")))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("jakarta..")
        .check(CORE);
  }

  /**
   * Its thread never ends, and keeps the class loader of the web application that used it first.
   */
  @Test
  void nobodyUsesTheTimerOfTheJdk() {
    noClasses()
        .should()
        .callMethodWhere(
            target(owner(type(CompletableFuture.class)))
                .and(target(nameMatching("delayedExecutor|orTimeout|completeOnTimeout"))))
        .check(CORE);
  }

  @Test
  void theSpiKnowsTheApiAlone() {
    classes()
        .that()
        .resideInAPackage(API + ".spi..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                API, API + ".spi..", API + ".protocol..", "java..", "org.jspecify.."))
        .check(CORE);
  }

  @Test
  void theEngineKnowsNoImplementation() {
    noClasses()
        .that()
        .resideInAPackage(API + ".engine..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(API + ".memory..", API + ".servlet..", API + ".routing..")
        .check(CORE);
  }

  @Test
  void onlyTheBuilderAndTheServletKnowTheEngine() {
    noClasses()
        .that()
        .resideInAnyPackage(
            API + ".spi..",
            API + ".memory..",
            API + ".routing..",
            API + ".protocol..",
            API + ".metrics..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(API + ".engine..")
        .check(CORE);
  }

  @Test
  void theImplementationsDoNotKnowEachOther() {
    slices()
        .matching(API + ".(memory|routing|servlet|metrics|protocol)..")
        .should()
        .notDependOnEachOther()
        .check(CORE);
  }

  @Test
  void nothingIsSerializedOrPrinted() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .areAssignableTo(ObjectInputStream.class)
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(ObjectOutputStream.class)
        .orShould()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(CORE);
  }
}
