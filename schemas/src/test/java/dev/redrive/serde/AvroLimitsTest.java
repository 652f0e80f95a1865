package dev.redrive.serde;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.avro.SystemLimitException;
import org.apache.avro.util.Utf8;
import org.junit.jupiter.api.Test;

class AvroLimitsTest {

    @Test
    void shouldHoldAlthoughAvroHasReadItsLimitsBefore() throws ReflectiveOperationException {
        // Given a process in which Avro has made a string before anybody set a limit
        System.clearProperty(SystemLimitException.MAX_STRING_LENGTH_PROPERTY);
        var reset = SystemLimitException.class.getDeclaredMethod("resetLimits");
        reset.setAccessible(true);
        reset.invoke(null);
        Utf8 unused = new Utf8("read");
        SystemLimitException.checkMaxStringLength(AvroLimits.MAX_LENGTH_BYTES + 1L);

        // When a way to a deserializer sets them
        AvroLimits.set();

        // Then they hold
        assertThatThrownBy(() -> SystemLimitException.checkMaxStringLength(AvroLimits.MAX_LENGTH_BYTES + 1L))
                .isInstanceOf(SystemLimitException.class);
    }
}
