/** A modular application. */
@SuppressWarnings("requires-automatic")
module org.distributedsockets.examples.modulepath {
  requires org.distributedsockets.core;
  requires org.distributedsockets.redis;
  requires org.distributedsockets.rabbitmq;
}
