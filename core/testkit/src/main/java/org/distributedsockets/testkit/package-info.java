/** The contract tests of the SPIs; an implementation inherits them. */
@NullMarked
package org.distributedsockets.testkit;

import org.jspecify.annotations.NullMarked;
