package dev.redrive.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.ForeignJobs;
import dev.redrive.avro.GateState;
import dev.redrive.avro.QuotaState;
import dev.redrive.avro.RateWindowState;
import dev.redrive.domain.backlog.Backlog.Blocked;
import dev.redrive.domain.backlog.Backlog.BlockedLane;
import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.gate.GateName;
import dev.redrive.domain.gate.Opening;
import dev.redrive.domain.user.Concurrency;
import dev.redrive.domain.user.Concurrency.Foreign;
import dev.redrive.domain.user.Concurrency.Reporting;
import dev.redrive.domain.user.JobLengths;
import dev.redrive.domain.user.LimitEstimate;
import dev.redrive.domain.user.Quota;
import dev.redrive.domain.user.RateWindow;
import dev.redrive.domain.user.RateWindow.CallLog;
import dev.redrive.domain.user.Slots;
import dev.redrive.domain.user.UserState;
import dev.redrive.domain.user.UserState.LastFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class UserStateCodecTest {

    private static Instant at(int second) {
        return Instant.ofEpochSecond(second);
    }

    @Test
    void shouldPublishAllThatIsKnown() {
        Concurrency concurrency = new Concurrency(
                1,
                new LimitEstimate(2, at(3), LimitEstimate.Source.OBSERVED, 10, 11, 12, at(13), 14, at(15)),
                4,
                at(5),
                new Foreign(6, at(7), Duration.ofMillis(8)),
                9,
                new JobLengths(Math.log(900), 0.25, 10),
                new Slots(List.of(1L), List.of(2L), at(11).toEpochMilli(), 12, 500),
                Reporting.MISSED);
        Quota quota =
                new Quota(Quota.Status.EXHAUSTED, "SPENT", at(14), at(15), 16L, at(17), at(18), 19, 20, at(21), 22);
        RateWindow music = new RateWindow(
                new LimitEstimate(20, at(40), LimitEstimate.Source.GUESSED, 1, 2, 3, at(41), 4, null),
                21,
                at(22),
                at(23),
                at(24),
                at(25),
                new CallLog(List.of(26L, 27L)),
                at(42),
                43);
        RateWindow speech = RateWindow.reported(null, null, null, null, at(28));
        LastFailure failure = new LastFailure(FailureClass.RATE_LIMITED, "code", 429, "music", "song", at(29));
        UserState state = new UserState(
                concurrency,
                quota,
                Map.of("speech", speech, "music", music),
                Map.of("music", 30, "speech", 31),
                "pro",
                failure,
                at(32));
        List<BlockedLane> blocked = List.of(
                new BlockedLane(null, new Blocked(GateName.QUOTA, at(33), at(34), Opening.ACCOUNT_CHANGE)),
                new BlockedLane("speech", new Blocked(GateName.RATE_WINDOW, at(35), at(36), Opening.TIME)));

        assertThat(UserStateCodec.record("u", state, blocked))
                .isEqualTo(new dev.redrive.avro.UserState(
                        "u",
                        at(32),
                        1,
                        2,
                        at(3),
                        4,
                        at(5),
                        new ForeignJobs(6, at(7), 8L),
                        900L,
                        true,
                        9,
                        at(11),
                        0,
                        null,
                        "MISSED",
                        "pro",
                        new QuotaState("EXHAUSTED", "SPENT", at(14), at(15), 16L, at(17), at(18), 19, 20, at(21)),
                        List.of(
                                new RateWindowState(
                                        "music",
                                        20,
                                        21,
                                        at(22),
                                        at(23),
                                        at(24),
                                        at(25),
                                        List.of(26L, 27L),
                                        "GUESSED",
                                        at(41)),
                                new RateWindowState(
                                        "speech", null, null, null, null, at(28), null, List.of(), null, null)),
                        61,
                        Map.of("music", 30, "speech", 31),
                        List.of(
                                new GateState("QUOTA", null, at(33), at(34), 61, "ACCOUNT_CHANGE"),
                                new GateState("RATE_WINDOW", "speech", at(35), at(36), 31, "TIME")),
                        new dev.redrive.avro.LastFailure("RATE_LIMITED", "code", 429, "music", "song", at(29)),
                        "OBSERVED",
                        at(13),
                        11,
                        0.5,
                        10));
    }

    @Test
    void shouldPublishNothingWhereNothingIsKnown() {
        assertThat(UserStateCodec.record("u", UserState.NEW, List.of()))
                .isEqualTo(dev.redrive.avro.UserState.newBuilder()
                        .setUserId("u")
                        .setUpdatedAt(Instant.EPOCH)
                        .setQuota(QuotaState.newBuilder().setStatus("AVAILABLE").build())
                        .build());
    }
}
