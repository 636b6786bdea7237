package org.distributedsockets.examples.faults;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What a row showed: a line of the table, and what of it should not be. */
final class Verdict {
  private static final int EXAMPLES = 5;

  private final Row row;
  private final Tally tally;
  private final Scene scene;
  private final String peaks;
  private final Map<String, Integer> zeros = new LinkedHashMap<>();

  Verdict(Row row, Tally tally, Scene scene, String peaks) {
    this.row = row;
    this.tally = tally;
    this.scene = scene;
    this.peaks = peaks;
    zeros.put("lost", tally.lost().size());
    zeros.put("silent", tally.silent().size());
    zeros.put("doubled", tally.doubled());
    zeros.put("late", tally.late().size());
    zeros.put("wrongly offline", tally.wronglyOffline().size());
    zeros.put("missed device", tally.missed().size());
    zeros.put("offline but arrived", tally.offlineButArrived().size());
    zeros.put("hook not called", tally.hookNotCalled().size());
    zeros.put("answered twice", tally.answeredTwice().size());
    zeros.put("surprises", tally.surprises().size());
  }

  /** What should not be; empty if the row is as it must be. */
  List<String> problems() {
    List<String> problems = new ArrayList<>(scene.problems());
    zeros.forEach(
        (column, count) -> {
          if (count > 0 && !row.allowed().containsKey(column)) {
            problems.add(count + " " + column + examples(column));
          }
        });
    return problems;
  }

  private String examples(String column) {
    List<?> all =
        switch (column) {
          case "lost" -> tally.lost();
          case "silent" -> tally.silent();
          case "late" -> tally.late();
          case "wrongly offline" -> tally.wronglyOffline();
          case "missed device" -> tally.missed();
          case "offline but arrived" -> tally.offlineButArrived();
          case "hook not called" -> tally.hookNotCalled();
          case "answered twice" -> tally.answeredTwice();
          case "surprises" -> tally.surprises();
          default -> List.of();
        };
    return all.stream()
        .limit(EXAMPLES)
        .map(Object::toString)
        .collect(Collectors.joining("; ", ": ", ""));
  }

  /** The head of the table. */
  static String head() {
    return """
        | fault | sent | delivered | accepted | offline | other | asker gone | lost | with its socket | silent | doubled | again | late | reachable after | steady after | slowest receipt | peak MB | notes |
        |---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|""";
  }

  /** Its line. */
  String line() {
    int delivered = tally.count("delivered");
    int accepted = tally.count("accepted");
    int offline = tally.count("offline");
    int answered = tally.statuses().values().stream().mapToInt(Integer::intValue).sum();
    List<String> notes = new ArrayList<>(scene.findings());
    if (tally.lateAfterHold() > 0) {
      notes.add(tally.lateAfterHold() + " late because a hold ran out");
    }
    if (tally.offlineToNewcomer() > 0) {
      notes.add(tally.offlineToNewcomer() + " OFFLINE to who had come less than 2 s ago");
    }
    if (tally.toHook() > 0) {
      notes.add(tally.toHook() + " accepted went to the hook");
    }
    row.allowed()
        .forEach(
            (column, why) -> {
              if (zeros.getOrDefault(column, 0) > 0) {
                notes.add(zeros.get(column) + " " + column + ": " + why);
              }
            });
    return String.format(
        Locale.ROOT,
        "| %s | %d | %d | %d | %d | %d | %d | %d | %d | %d | %d | %d | %d | %.1f s | %.1f s | %.1f s | %s | %s |",
        row.title(),
        tally.sent(),
        delivered,
        accepted,
        offline,
        answered - delivered - accepted - offline,
        tally.askerGone(),
        zeros.get("lost"),
        tally.diedWithSocket(),
        zeros.get("silent"),
        zeros.get("doubled"),
        tally.again(),
        tally.late().size() + tally.lateAfterHold(),
        tally.reachedMillis(scene.mendedAt()) / 1e3,
        tally.steadyMillis(scene.mendedAt()) / 1e3,
        tally.slowestReceiptMillis() / 1e3,
        peaks,
        String.join("; ", notes));
  }

  /** How many messages were delivered. */
  int delivered() {
    return tally.count("delivered");
  }

  /** What the receipts said, for people. */
  String receipts() {
    return tally.statuses().toString();
  }
}
