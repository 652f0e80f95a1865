package dev.redrive.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.junit.jupiter.api.Test;

class EventQueueTest {

    private record Event(long atMs, long number) {}

    @Test
    void shouldGiveEventsInTheOrderOfTimeAndThenOfArrival() {
        EventQueue queue = new EventQueue();
        PriorityQueue<Event> model =
                new PriorityQueue<>(Comparator.comparingLong(Event::atMs).thenComparingLong(Event::number));
        Dice dice = new Dice(1).about("queue");
        List<Long> taken = new ArrayList<>();
        List<Long> expected = new ArrayList<>();
        for (long i = 0; i < 20_000; i++) {
            long atMs = dice.between(0, 500, i, 0);
            queue.add(atMs, i);
            model.add(new Event(atMs, i));
            while (!model.isEmpty() && dice.roll(i, model.size()) < 0.45) {
                assertThat(queue.firstMs()).isEqualTo(model.element().atMs());
                taken.add(queue.take());
                expected.add(model.remove().number());
            }
        }
        while (!model.isEmpty()) {
            taken.add(queue.take());
            expected.add(model.remove().number());
        }

        assertThat(taken).isEqualTo(expected);
        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.firstMs()).isEqualTo(Long.MAX_VALUE);
    }
}
