package org.distributedsockets.testkit.servers;

/** A started server, wherever it runs. */
interface RunningServer extends AutoCloseable {
  /** Ends it at once, as a power failure would, and waits until it is gone. */
  void kill();

  /** Freezes it: no FIN, no RST, no answers. */
  void pause();

  /** Lets it go on after {@link #pause}. */
  void resume();

  /** Ends it. Idempotent. */
  @Override
  void close();

  /** One in a process of this machine. */
  static RunningServer of(ServerProcess process) {
    return new RunningServer() {
      @Override
      public void kill() {
        process.kill();
      }

      @Override
      public void pause() {
        process.pause();
      }

      @Override
      public void resume() {
        process.resume();
      }

      @Override
      public void close() {
        process.close();
      }
    };
  }
}
