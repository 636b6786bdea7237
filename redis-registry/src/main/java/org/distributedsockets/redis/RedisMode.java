package org.distributedsockets.redis;

/** How the Redis servers work together. */
public enum RedisMode {
  /** One server. */
  SINGLE,
  /** A primary with replicas, watched by Sentinels; the addresses are those of the Sentinels. */
  SENTINEL,
  /** A Redis Cluster; the addresses are those of some of its nodes. */
  CLUSTER
}
