package dev.redrive.domain.decide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.classify.FailureClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DeadLetterReasonTest {

    @ParameterizedTest
    @EnumSource(FailureClass.class)
    void shouldHaveAReasonOfTheSameNameForEveryClass(FailureClass failureClass) {
        // When
        DeadLetterReason reason = DeadLetterReason.of(failureClass);

        // Then
        assertThat(reason).hasToString(failureClass.name());
    }
}
