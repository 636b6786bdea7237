package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientAddressTest {
  @ParameterizedTest
  @CsvSource({
    "192.0.2.1,192.0.2.1",
    "::ffff:192.0.2.1,192.0.2.1",
    "2001:db8:1:2:3:4:5:6,20010db800010002/64",
    "[2001:db8:1:2::9],20010db800010002/64",
    "2001:DB8:1:2:0:0:0:0,20010db800010002/64",
    "fe80::1%1,fe80000000000000/64",
    "::1,0000000000000000/64",
    "'',unknown",
    "/run/app.sock,/run/app.sock",
    "no:address,no:address",
    "localhost,localhost"
  })
  void isTheNetworkOfAnIpv6AddressAndTheTextOfAnother(String said, String address) {
    assertEquals(address, ClientAddress.of(said));
  }
}
