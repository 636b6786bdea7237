/** Tests of the chat server that each example runs on its container. */
package org.distributedsockets.examples.chat.testkit;
