package org.distributedsockets.examples.benchmarks;

import com.google.gson.Gson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.distributedsockets.examples.chat.testkit.ChatProcess;

/** Programs of this jar, in JVMs of their own. */
final class JavaProgram {
  private static final long MOST_MINUTES = 10;

  private JavaProgram() {}

  /** The jar with the programs. */
  static Path jar(Path examples) {
    return ChatProcess.jarOf(examples.resolve("benchmarks"));
  }

  static List<String> command(String classPath, String main, String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classPath,
                main));
    command.addAll(List.of(arguments));
    return command;
  }

  /**
   * Starts a program that measures.
   *
   * @param examples the folder of the examples, built
   * @param folder where it runs
   * @param main the class
   * @param plan its one argument, as JSON
   * @return the program, which is ready once it counts
   */
  static ChatProcess start(Path examples, Path folder, Class<?> main, Object plan)
      throws IOException {
    return ChatProcess.startProgram(
        command(jar(examples).toString(), main.getName(), new Gson().toJson(plan)), folder);
  }

  /** Waits for its end, and reads what it {@linkplain Report reports}. */
  static <T> T result(ChatProcess program, Class<T> type) throws Exception {
    int code = program.exitCode(MOST_MINUTES, TimeUnit.MINUTES);
    String line =
        program.output().stream()
            .filter(text -> text.startsWith(Report.PREFIX))
            .findFirst()
            .orElseThrow(() -> new IOException("ended with " + code + ": " + program.output()));
    return new Gson().fromJson(line.substring(Report.PREFIX.length()), type);
  }
}
