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
        "SET \"app.q\" = 1 | app.q",
        "SET SESSION \"app\".\"q\" TO 1 | app.q",
        "SET app.\"q\" TO 1 | app.q",
        "select set_config(E'app.e', 'x', false) | app.e",
        "DO 'begin perform set_config(''app.d'', ''x'', false); end' | app.d",
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

  @Test
  void aNameOfAnExecutedStatementIsPicked() {
    statement("prepare p(text) as select set_config($1, 'x', false)");
    statement("execute p('app.x')");

    assertThat(names.names()).contains("app.x");
    assertThat(names.areKnown()).isTrue();
  }

  @Test
  void valuesThatAreNumbersTakeNoNamesPlace() {
    statement("select set_config($1, $2, false)");
    for (int price = 0; price < 1000; price++) {
      statement("select '" + price + ".50'");
    }

    assertThat(names.names()).isEmpty();
    assertThat(names.areKnown()).isTrue();
  }

  @Test
  void itIsSaidWhenThereAreTooMany() {
    for (int i = 0; i < 600; i++) {
      statement("set app.n" + i + " = 1");
    }

    assertThat(names.areKnown()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select set_config('app.' || x, 'v', false) from t where false",
        "select set_config(name, value, false) from settings"
      })
  void itIsSaidWhenANameIsComputed(String sql) {
    statement(sql);

    assertThat(names.areKnown()).isFalse();
  }

  @Test
  void aStatementMayComeInPieces() {
    String sql = "select 1; set app.tenant = 'x'; select set_config('app.user', 'y', false)";
    for (int cut = 1; cut < sql.length(); cut++) {
      SettingNames pieces = new SettingNames();
      ByteBuf bytes = Unpooled.copiedBuffer(sql, StandardCharsets.UTF_8);
      pieces.piece(bytes, 0, cut);
      pieces.more(bytes, cut, bytes.readableBytes());
      bytes.release();

      assertThat(pieces.names()).contains("app.tenant", "app.user");
      assertThat(pieces.areKnown()).isTrue();
    }
  }

  private static void value(ByteBuf bind, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    bind.writeInt(bytes.length).writeBytes(bytes);
  }
}
