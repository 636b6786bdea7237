package org.distributedsockets;

import java.util.List;

/**
 * Settings are wrong. Names every fault at once, each in one line that names the setting; never a
 * secret's value.
 */
public final class SettingsException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** At least one, each a line. */
  private final String[] problems;

  /**
   * Reports one fault.
   *
   * @param problem one line that names the setting, without secrets
   */
  public SettingsException(String problem) {
    this(List.of(problem));
  }

  /**
   * Reports several faults.
   *
   * @param problems one line each, without secrets
   * @throws IllegalArgumentException if there are none
   */
  public SettingsException(List<String> problems) {
    super(message(problems));
    this.problems = problems.toArray(new String[0]);
  }

  /**
   * What is wrong.
   *
   * @return one line per fault, at least one
   */
  public List<String> problems() {
    return List.of(problems);
  }

  private static String message(List<String> problems) {
    if (problems.isEmpty()) {
      throw new IllegalArgumentException("must not be empty: problems");
    }
    return problems.size() == 1
        ? problems.get(0)
        : problems.size() + " settings are wrong:\n  " + String.join("\n  ", problems);
  }
}
