package org.distributedsockets.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueryParametersTest {
  @Test
  void decodesNothingToNothing() {
    assertEquals(Map.of(), QueryParameters.decode(null));
    assertEquals(Map.of(), QueryParameters.decode(""));
    assertEquals(Map.of(), QueryParameters.decode("&&"));
  }

  @Test
  void keepsRepeatedNamesInTheirOrder() {
    assertEquals(
        Map.of("a", List.of("1", "2=3", ""), "b", List.of("")),
        QueryParameters.decode("a=1&a=2=3&b&a="));
  }

  @Test
  void decodesUtf8AndPlus() {
    assertEquals(
        Map.of("\u00e9", List.of("a b+\ud83d\ude00\0")),
        QueryParameters.decode("%C3%a9=a+b%2B%F0%9F%98%80%00"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a=%",
        "a=%4",
        "a=%4g",
        "a=%+1",
        "%=a",
        "a=%\uff11\uff11",
        "a=%ff",
        "a=%c3",
        "a=%c0%80",
        "a=%ed%a0%80",
        "a=%f4%90%80%80",
        "a=\u00e9",
        "secret=%"
      })
  void refusesWhatIsMalformedWithoutQuotingIt(String query) {
    Exception fault =
        assertThrows(IllegalArgumentException.class, () -> QueryParameters.decode(query));
    assertFalse(String.valueOf(fault.getMessage()).contains("secret"));
  }
}
