/** JSON Web Tokens (RFC 7519) as the credentials of connections. */
@NullMarked
package org.distributedsockets.jwt;

import org.jspecify.annotations.NullMarked;
