package dev.redrive.codec;

import dev.redrive.codec.avro.HealthPhase;
import dev.redrive.codec.avro.ServiceMemory;
import dev.redrive.domain.service.Health;
import dev.redrive.domain.service.Health.Broken;
import dev.redrive.domain.service.Health.Probing;
import dev.redrive.domain.service.Health.Recovering;
import dev.redrive.domain.service.Health.Sound;
import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.Occupancy;
import java.io.UncheckedIOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Encodes a service's state in Avro's single-object encoding.
 *
 * <p>Stateless and safe for use by several threads.
 */
public final class ServiceStateCodec {

    private static final SingleObject<ServiceMemory> FORMAT = new SingleObject<>(ServiceMemory.class);

    private ServiceStateCodec() {}

    public static byte[] encode(ServiceState state) {
        Occupancy occupancy = state.occupancy();
        ServiceMemory.Builder memory = ServiceMemory.newBuilder()
                .setOccupancyMs(occupancy == null ? 0 : occupancy.estimateMs())
                .setTouchedAt(state.touchedAt().toEpochMilli());
        Health health = state.health();
        if (health instanceof Sound sound) {
            memory.setPhase(HealthPhase.SOUND).setTokens(sound.tokens());
        } else if (health instanceof Broken broken) {
            since(memory.setPhase(HealthPhase.BROKEN), broken.since(), broken.until(), broken.strikes());
        } else if (health instanceof Probing probing) {
            since(memory.setPhase(HealthPhase.PROBING), probing.since(), probing.sentAt(), probing.strikes());
        } else if (health instanceof Recovering recovering) {
            since(
                    memory.setPhase(HealthPhase.RECOVERING)
                            .setTokens(recovering.tokens())
                            .setSecond(recovering.second())
                            .setReleased(recovering.released()),
                    recovering.since(),
                    recovering.from(),
                    recovering.strikes());
        }
        return FORMAT.encode(memory.build());
    }

    private static void since(ServiceMemory.Builder memory, Instant since, Instant at, int strikes) {
        memory.setSince(since.toEpochMilli()).setAt(at.toEpochMilli()).setStrikes(strikes);
    }

    /**
     * Decodes a state; a new one for {@code null}.
     *
     * @throws UncheckedIOException if the bytes are no service's state
     */
    public static ServiceState decode(byte @Nullable [] bytes) {
        if (bytes == null) {
            return ServiceState.NEW;
        }
        ServiceMemory memory = FORMAT.decode(bytes);
        Occupancy occupancy = memory.getOccupancyMs() == 0 ? null : Occupancy.of(memory.getOccupancyMs());
        return new ServiceState(health(memory), occupancy, Instant.ofEpochMilli(memory.getTouchedAt()));
    }

    private static Health health(ServiceMemory memory) {
        Instant since = Instant.ofEpochMilli(memory.getSince());
        Instant at = Instant.ofEpochMilli(memory.getAt());
        return switch (memory.getPhase()) {
            case SOUND -> new Sound(memory.getTokens());
            case BROKEN -> new Broken(since, at, memory.getStrikes());
            case PROBING -> new Probing(since, at, memory.getStrikes());
            case RECOVERING ->
                new Recovering(
                        since, at, memory.getSecond(), memory.getReleased(), memory.getTokens(), memory.getStrikes());
        };
    }
}
