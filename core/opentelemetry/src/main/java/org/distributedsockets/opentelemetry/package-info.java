/** Follows messages with OpenTelemetry. */
@NullMarked
package org.distributedsockets.opentelemetry;

import org.jspecify.annotations.NullMarked;
