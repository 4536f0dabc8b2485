package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

class ReportedSettingsMapTest {
  private final ReportedSettings settings = new ReportedSettings();

  @Test
  void areTheSameAsInAnyMapHoweverManyThereAre() {
    Map<String, String> expected = new LinkedHashMap<>();
    for (int i = 0; i < 40; i++) {
      assertThat(settings.put("setting" + i, "value" + i)).isNull();
      expected.put("setting" + i, "value" + i);
      assertThat(settings).isEqualTo(expected).hasSameHashCodeAs(expected);
    }
    assertThat(new ArrayList<>(settings.keySet())).isEqualTo(new ArrayList<>(expected.keySet()));
  }

  @Test
  void keepTheirPlaceWhenTheValueIsAnother() {
    settings.put("TimeZone", "UTC");
    settings.put("DateStyle", "ISO");

    assertThat(settings.put("TimeZone", "Europe/Berlin")).isEqualTo("UTC");
    assertThat(settings.entrySet())
        .containsExactly(Map.entry("TimeZone", "Europe/Berlin"), Map.entry("DateStyle", "ISO"));
  }

  @Test
  void knowNothingThatWasNotTold() {
    settings.put("TimeZone", "UTC");

    assertThat(settings.get("timezone")).isNull();
    assertThat(settings.get("UTC")).isNull();
    assertThat(settings).hasSize(1);
  }

  @Test
  void endBehindTheLastOne() {
    settings.put("TimeZone", "UTC");
    Iterator<Map.Entry<String, String>> all = settings.entrySet().iterator();
    all.next();

    assertThat(all.hasNext()).isFalse();
    assertThatThrownBy(all::next).isInstanceOf(NoSuchElementException.class);
  }
}
