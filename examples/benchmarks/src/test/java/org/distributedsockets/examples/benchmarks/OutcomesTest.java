package org.distributedsockets.examples.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OutcomesTest {
  private static final Row ROW =
      new Row(
          "row",
          "title",
          List.of(
              new Row.Contestant("a", () -> Sample.NONE),
              new Row.Contestant("b", () -> Sample.NONE)),
          List.of(Row.Target.atLeast("a : b", 1.5, Row.Target.ratio("rate", "a", "b"))));

  private static Map<String, Sample> run(double a, double b) {
    return Map.of("a", Sample.NONE.with("rate", a), "b", Sample.NONE.with("rate", b));
  }

  @Test
  void shouldTakeTheMedianOfEachRunsRatio() {
    Outcomes outcomes = new Outcomes(ROW);
    outcomes.add(run(1_000, 500));
    outcomes.add(run(300, 100));
    outcomes.add(run(400, 400));

    assertEquals(
        List.of(
            "| | rate |", "|---|---|", "| a | 400 (300 to 1,000) |", "| b | 400 (100 to 500) |"),
        outcomes.measures());
    assertEquals(
        List.of("| title | a : b | at least 1.50 | 2 (1 to 3) | yes |"), outcomes.targets());
  }

  @Test
  void shouldSayWhatIsNotMet() {
    Outcomes outcomes = new Outcomes(ROW);
    outcomes.add(run(140, 100));

    assertEquals(List.of("| title | a : b | at least 1.50 | 1.40 | **no** |"), outcomes.targets());
  }

  @Test
  void shouldOnlyStateWhatHasNoBound() {
    Row.Target stated =
        Row.Target.atMost("a : b", Double.POSITIVE_INFINITY, Row.Target.ratio("rate", "a", "b"));
    Outcomes outcomes = new Outcomes(new Row("row", "title", ROW.contestants(), List.of(stated)));
    outcomes.add(run(140, 100));

    assertEquals(List.of("| title | a : b | stated | 1.40 | |"), outcomes.targets());
  }
}
