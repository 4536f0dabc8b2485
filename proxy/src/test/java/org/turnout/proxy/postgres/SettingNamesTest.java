package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingNamesTest {
  private final SettingNames names = new SettingNames();

  private void statement(String sql) {
    ByteBuf bytes = Unpooled.copiedBuffer(sql, StandardCharsets.UTF_8);
    names.statement(bytes, 0, bytes.readableBytes());
    bytes.release();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SET app.tenant = 'x' | app.tenant",
        "set session app.tenant to 5 | app.tenant",
        "SET LOCAL a.b.c = 1 | a.b.c",
        "select set_config('app.user', $1, false) | app.user",
        "select 1, SET_CONFIG ( 'app.user' , 'v', true) | app.user",
        "update t set x = 1; set my.x=2 | my.x"
      })
  void aCustomSettingIsPickedByName(String sql, String name) {
    statement(sql);

    assertThat(names.names()).containsExactly(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "set work_mem = '1MB'",
        "select * from offset.settings",
        "reset all",
        "select 'set'",
        "set",
        "select set_config('plain', 'x', false)"
      })
  void nothingElseIsPicked(String sql) {
    statement(sql);

    assertThat(names.names()).isEmpty();
  }

  @Test
  void aNameThatIsAParameterIsPickedFromTheBind() {
    statement("select set_config($1, $2, false)");
    ByteBuf bind = Unpooled.buffer();
    bind.writeByte(0).writeByte(0).writeShort(1).writeShort(0).writeShort(2);
    value(bind, "app.tenant");
    value(bind, "it's no name");
    names.bind(bind, 0, bind.readableBytes());
    bind.release();

    assertThat(names.names()).containsExactly("app.tenant");
  }

  private static void value(ByteBuf bind, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    bind.writeInt(bytes.length).writeBytes(bytes);
  }
}
