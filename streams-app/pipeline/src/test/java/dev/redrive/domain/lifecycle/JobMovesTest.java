package dev.redrive.domain.lifecycle;

import static dev.redrive.domain.lifecycle.Moves.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.lifecycle.Pipeline.State;
import dev.redrive.domain.lifecycle.Pipeline.Step;
import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.UserState;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every state with every input: the next state, what is written, and how the user's counts change. */
class JobMovesTest {

    private static final UserState BUSY =
            UserState.NEW.active(5, NOW.minusSeconds(60)).pending("music", 5, NOW.minusSeconds(60));
    private static final Pipeline PIPELINE = Moves.pipeline();

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
        Unseen | fail 1     | Scheduled 2 | schedule 2, FAILURE SCHEDULED, tally FAILURE | 0 | 1
        Unseen | fail 0     | Scheduled 2 | schedule 2, FAILURE SCHEDULED, tally FAILURE | 0 | 1
        Unseen | fail 3     | Scheduled 4 | schedule 4, FAILURE SCHEDULED, tally FAILURE | 0 | 1
        Unseen | bad 1      | DeadLettered 1 INVALID_REQUEST | bury 1 INVALID_REQUEST, FAILURE DEAD_LETTERED/INVALID_REQUEST, tally DEAD_LETTER, tally FAILURE | 0 | 0
        Unseen | forget 1   | Finished 1 DROPPED | FAILURE DROPPED/forget, tally FAILURE | 0 | 0
        Unseen | submitted 1 | Running 1 | tally SUBMITTED, lease, LIFECYCLE APPLIED/SUBMITTED | 1 | 0
        Unseen | submitted 0 | Running 1 | tally SUBMITTED, lease, LIFECYCLE APPLIED/SUBMITTED | 1 | 0
        Unseen | accepted 2 | Running 2 | lease, LIFECYCLE APPLIED/ACCEPTED | 1 | 0
        Unseen | started 1  | Running 1 | lease, LIFECYCLE APPLIED/STARTED | 1 | 0
        Unseen | succeeded 1 | Finished 1 SUCCEEDED | LIFECYCLE APPLIED/SUCCEEDED | 0 | 0
        Unseen | cancelled 0 | Finished 0 CANCELLED | LIFECYCLE APPLIED/CANCELLED | 0 | 0
        Unseen | arrived 2  | Unseen | RETRY STALE/NOT_SCHEDULED | 0 | 0
        Unseen | due 2      | Unseen | - | 0 | 0
        Unseen | lease      | Unseen | - | 0 | 0
        Unseen | cancel     | Unseen | COMMAND REJECTED/NOT_PENDING | 0 | 0
        Unseen | expedite   | Unseen | COMMAND REJECTED/NOT_PENDING | 0 | 0
        Unseen | redrive 1  | Scheduled 2 | schedule 2, COMMAND SCHEDULED/REDRIVE | 0 | 1
        Unseen | redrive 0  | Scheduled 2 | schedule 2, COMMAND SCHEDULED/REDRIVE | 0 | 1
        Unseen | redrive-nothing | Unseen | COMMAND REJECTED/DEAD_LETTER_MISSING | 0 | 0
        Unseen | discard    | Unseen | COMMAND REJECTED/NOT_DEAD_LETTERED | 0 | 0

        Running | fail 2    | Scheduled 3 | schedule 3, FAILURE SCHEDULED, tally FAILURE | -1 | 1
        Running | fail 0    | Scheduled 3 | schedule 3, FAILURE SCHEDULED, tally FAILURE | -1 | 1
        Running | busy 2    | Scheduled 3 | schedule 3, FAILURE SCHEDULED, tally FAILURE | -1 | 1
        Running | fail 1    | Running 2 | FAILURE DUPLICATE | 0 | 0
        Running | bad 2     | DeadLettered 2 INVALID_REQUEST | bury 2 INVALID_REQUEST, FAILURE DEAD_LETTERED/INVALID_REQUEST, tally DEAD_LETTER, tally FAILURE | -1 | 0
        Running | forget 2  | Finished 2 DROPPED | FAILURE DROPPED/forget, tally FAILURE | -1 | 0
        Running | submitted 2 | Running 2 | tally SUBMITTED, LIFECYCLE APPLIED/SUBMITTED | 0 | 0
        Running | submitted 1 | Running 2 | tally SUBMITTED, LIFECYCLE STALE/ATTEMPT_ENDED | 0 | 0
        Running | accepted 1 | Running 2 | LIFECYCLE STALE/ATTEMPT_ENDED | 0 | 0
        Running | started 3 | Running 3 | LIFECYCLE APPLIED/STARTED | 0 | 0
        Running | succeeded 1 | Finished 2 SUCCEEDED | LIFECYCLE APPLIED/SUCCEEDED | -1 | 0
        Running | cancelled 2 | Finished 2 CANCELLED | LIFECYCLE APPLIED/CANCELLED | -1 | 0
        Running | arrived 2 | Running 2 | RETRY STALE/NOT_PENDING | 0 | 0
        Running | due 2     | Running 2 | - | 0 | 0
        Running | lease     | Running 2 | lease | 0 | 0
        Running | cancel    | Finished 2 CANCELLED | COMMAND APPLIED/CANCEL | -1 | 0
        Running | expedite  | Running 2 | COMMAND REJECTED/NOT_PENDING | 0 | 0
        Running | redrive 1 | Running 2 | COMMAND REJECTED/NOT_DEAD_LETTERED | 0 | 0
        Running | discard   | Running 2 | COMMAND REJECTED/NOT_DEAD_LETTERED | 0 | 0
        Released | submitted 2 | Running 2 released | tally SUBMITTED, LIFECYCLE APPLIED/SUBMITTED | 0 | 0
        Released | submitted 3 | Running 3 | tally SUBMITTED, LIFECYCLE APPLIED/SUBMITTED | 0 | 0
        Overdue | lease     | Running 2 | - | -1 | 0
        Idle | accepted 2   | Running 2 | lease, LIFECYCLE APPLIED/ACCEPTED | 1 | 0
        Idle | fail 2       | Scheduled 3 | schedule 3, FAILURE SCHEDULED, tally FAILURE | 0 | 1
        Idle | succeeded 2  | Finished 2 SUCCEEDED | LIFECYCLE APPLIED/SUCCEEDED | 0 | 0
        Idle | cancel       | Finished 2 CANCELLED | COMMAND APPLIED/CANCEL | 0 | 0
        Idle | lease        | Running 2 | - | 0 | 0

        Scheduled | fail 2  | Scheduled 3 | dequeue, RETRY SUPERSEDED/NEWER_ATTEMPT_FAILED, schedule 3, FAILURE SCHEDULED, tally FAILURE | 0 | 0
        Scheduled | fail 1  | Scheduled 2 | FAILURE DUPLICATE | 0 | 0
        Scheduled | fail 0  | Scheduled 2 | FAILURE DUPLICATE | 0 | 0
        Scheduled | bad 2   | DeadLettered 2 INVALID_REQUEST | dequeue, RETRY SUPERSEDED/NEWER_ATTEMPT_FAILED, bury 2 INVALID_REQUEST, FAILURE DEAD_LETTERED/INVALID_REQUEST, tally DEAD_LETTER, tally FAILURE | 0 | -1
        Scheduled | submitted 2 | Running 2 | tally SUBMITTED, dequeue, RETRY SUPERSEDED/NEWER_ATTEMPT_SUBMITTED, lease, LIFECYCLE APPLIED/SUBMITTED | 1 | -1
        Scheduled | submitted 1 | Scheduled 2 | tally SUBMITTED, LIFECYCLE STALE/ATTEMPT_ENDED | 0 | 0
        Scheduled | submitted 0 | Scheduled 2 | tally SUBMITTED, LIFECYCLE STALE/ATTEMPT_ENDED | 0 | 0
        Scheduled | succeeded 1 | Finished 1 SUCCEEDED | dequeue, RETRY CANCELLED/SUCCEEDED, LIFECYCLE APPLIED/SUCCEEDED | 0 | -1
        Scheduled | cancelled 0 | Finished 1 CANCELLED | dequeue, RETRY CANCELLED/CANCELLED, LIFECYCLE APPLIED/CANCELLED | 0 | -1
        Scheduled | arrived 2 | Scheduled 2 | enqueue | 0 | 0
        Scheduled | arrived 1 | Scheduled 2 | RETRY STALE/OTHER_ATTEMPT_PENDING | 0 | 0
        Scheduled | due 2   | Running 2 released | dequeue, release 2, lease, RETRY RELEASED | 1 | -1
        Scheduled | due-in-time 2 | Running 2 released | dequeue, release 2, lease, RETRY RELEASED | 1 | -1
        Scheduled | due 3   | Scheduled 2 | - | 0 | 0
        Scheduled | due-elsewhere 2 | Scheduled 2 | - | 0 | 0
        Scheduled | due-late 2 | DeadLettered 1 DEADLINE_EXCEEDED | dequeue, bury 1 DEADLINE_EXCEEDED, RETRY DEAD_LETTERED/DEADLINE_EXCEEDED, tally DEAD_LETTER | 0 | -1
        Scheduled | lease   | Scheduled 2 | - | 0 | 0
        Scheduled | cancel  | Finished 1 CANCELLED | dequeue, RETRY CANCELLED/CANCEL, COMMAND APPLIED/CANCEL | 0 | -1
        Scheduled | expedite | Scheduled 2 | requeue, COMMAND APPLIED/EXPEDITE | 0 | 0
        Scheduled | redrive 1 | Scheduled 2 | COMMAND REJECTED/NOT_DEAD_LETTERED | 0 | 0
        Scheduled | discard | Scheduled 2 | COMMAND REJECTED/NOT_DEAD_LETTERED | 0 | 0

        DeadLettered | fail 1 | DeadLettered 1 INVALID_REQUEST | FAILURE DUPLICATE | 0 | 0
        DeadLettered | fail 0 | DeadLettered 1 INVALID_REQUEST | FAILURE DUPLICATE | 0 | 0
        DeadLettered | fail 2 | DeadLettered 1 INVALID_REQUEST | FAILURE STALE/AFTER_DEAD_LETTER | 0 | 0
        DeadLettered | submitted 1 | DeadLettered 1 INVALID_REQUEST | tally SUBMITTED, LIFECYCLE STALE/ATTEMPT_ENDED | 0 | 0
        DeadLettered | submitted 2 | DeadLettered 1 INVALID_REQUEST | LIFECYCLE IGNORED/AFTER_DEAD_LETTER | 0 | 0
        DeadLettered | succeeded 1 | Finished 1 SUCCEEDED | LIFECYCLE APPLIED/SUCCEEDED | 0 | 0
        DeadLettered | cancelled 1 | Finished 1 CANCELLED | LIFECYCLE APPLIED/CANCELLED | 0 | 0
        DeadLettered | arrived 2 | DeadLettered 1 INVALID_REQUEST | RETRY STALE/NOT_PENDING | 0 | 0
        DeadLettered | due 2 | DeadLettered 1 INVALID_REQUEST | - | 0 | 0
        DeadLettered | lease | DeadLettered 1 INVALID_REQUEST | - | 0 | 0
        DeadLettered | cancel | DeadLettered 1 INVALID_REQUEST | COMMAND REJECTED/ALREADY_DEAD_LETTERED | 0 | 0
        DeadLettered | expedite | DeadLettered 1 INVALID_REQUEST | COMMAND REJECTED/NOT_PENDING | 0 | 0
        DeadLettered | redrive 1 | Scheduled 2 | schedule 2, COMMAND SCHEDULED/REDRIVE | 0 | 1
        DeadLettered | redrive 0 | Scheduled 2 | schedule 2, COMMAND SCHEDULED/REDRIVE | 0 | 1
        DeadLettered | redrive 7 | DeadLettered 1 INVALID_REQUEST | COMMAND REJECTED/ATTEMPT_DIFFERS | 0 | 0
        DeadLettered | redrive-nothing | DeadLettered 1 INVALID_REQUEST | COMMAND REJECTED/DEAD_LETTER_MISSING | 0 | 0
        DeadLettered | discard | Finished 1 DISCARDED | COMMAND DISCARDED | 0 | 0
        Redriven | redrive 1 | Scheduled 2 | schedule 2, COMMAND SCHEDULED/REDRIVE | 0 | 1
        Redriven | redrive 0 | Scheduled 2 | schedule 2, COMMAND SCHEDULED/REDRIVE | 0 | 1

        Succeeded | fail 1  | Finished 1 SUCCEEDED | FAILURE STALE/SUCCEEDED | 0 | 0
        Succeeded | fail 0  | Finished 1 SUCCEEDED | FAILURE STALE/SUCCEEDED | 0 | 0
        Succeeded | fail 2  | Finished 1 SUCCEEDED | FAILURE STALE/SUCCEEDED | 0 | 0
        Cancelled | fail 1  | Finished 1 CANCELLED | FAILURE CANCELLED/CANCELLED | 0 | 0
        Cancelled | fail 2  | Finished 1 CANCELLED | FAILURE CANCELLED/CANCELLED | 0 | 0
        Discarded | fail 2  | Finished 1 DISCARDED | FAILURE STALE/DISCARDED | 0 | 0
        Succeeded | submitted 2 | Finished 1 SUCCEEDED | LIFECYCLE IGNORED/SUCCEEDED | 0 | 0
        Succeeded | succeeded 1 | Finished 1 SUCCEEDED | LIFECYCLE IGNORED/SUCCEEDED | 0 | 0
        Succeeded | cancelled 1 | Finished 1 SUCCEEDED | LIFECYCLE IGNORED/SUCCEEDED | 0 | 0
        Succeeded | arrived 2 | Finished 1 SUCCEEDED | RETRY STALE/NOT_PENDING | 0 | 0
        Succeeded | due 2   | Finished 1 SUCCEEDED | - | 0 | 0
        Succeeded | lease   | Finished 1 SUCCEEDED | - | 0 | 0
        Succeeded | cancel  | Finished 1 SUCCEEDED | COMMAND REJECTED/ALREADY_SUCCEEDED | 0 | 0
        Succeeded | expedite | Finished 1 SUCCEEDED | COMMAND REJECTED/NOT_PENDING | 0 | 0
        Succeeded | redrive 1 | Finished 1 SUCCEEDED | COMMAND REJECTED/NOT_DEAD_LETTERED | 0 | 0
        Succeeded | discard | Finished 1 SUCCEEDED | COMMAND REJECTED/NOT_DEAD_LETTERED | 0 | 0
        """)
    void shouldMoveAsTheTableSays(String job, String input, String next, String effects, int active, int pending) {
        Step step = PIPELINE.apply(new State(Moves.job(job), BUSY, ServiceState.NEW), Moves.input(input), NOW);

        assertThat(Moves.words(step.next().job())).isEqualTo(next);
        assertThat(Moves.words(step.effects())).isEqualTo(effects);
        assertThat(step.next().user().concurrency().active() - 5).isEqualTo(active);
        assertThat(step.next().user().pendingRetries() - 5).isEqualTo(pending);
    }
}
