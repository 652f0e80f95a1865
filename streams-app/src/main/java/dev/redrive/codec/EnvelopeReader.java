package dev.redrive.codec;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redrive.codec.EnvelopeReading.Problem;
import dev.redrive.domain.classify.Envelope;
import dev.redrive.domain.classify.EnvelopePointers;
import dev.redrive.domain.classify.Profiles;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads error bodies with the pointers of a profile. Never fails: what cannot be read is nothing, and the
 * reading says why. Safe for any number of threads.
 */
public final class EnvelopeReader {

    private static final int MAX_DEPTH = 32;
    private static final int MAX_NAME_LENGTH = 1024;
    private static final int MAX_NUMBER_LENGTH = 64;

    private final int maxBodyChars;
    private final ObjectReader json;
    private final Map<EnvelopePointers, Pointers> known = new HashMap<>();

    /**
     * Makes a reader.
     *
     * @param profiles the profiles whose pointers are made ready once
     * @param maxBodyChars a longer body is not looked into; UTF-16 units
     */
    public EnvelopeReader(Profiles profiles, int maxBodyChars) {
        this.maxBodyChars = maxBodyChars;
        JsonFactory factory = JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .maxStringLength(maxBodyChars)
                        .maxNameLength(MAX_NAME_LENGTH)
                        .maxNumberLength(MAX_NUMBER_LENGTH)
                        .build())
                .build();
        this.json = JsonMapper.builder(factory)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .build()
                .readerFor(JsonNode.class);
        profiles.all().forEach(profile -> known.put(profile.envelope(), Pointers.of(profile.envelope())));
    }

    /**
     * Reads one body.
     *
     * @param pointers where the body holds what
     * @param body the body as it came; {@code null} or blank where there was none
     */
    public EnvelopeReading read(EnvelopePointers pointers, @Nullable String body) {
        if (body == null || body.isBlank()) {
            return EnvelopeReading.NOTHING;
        }
        if (body.length() > maxBodyChars) {
            return EnvelopeReading.unread(Problem.TOO_LARGE);
        }
        try {
            JsonNode root = json.readValue(body);
            if (root.isTextual() && root.textValue().stripLeading().startsWith("{")) {
                root = json.readValue(root.textValue());
            }
            if (!root.isObject()) {
                return EnvelopeReading.unread(Problem.NOT_AN_OBJECT);
            }
            Pointers ready = known.get(pointers);
            return new EnvelopeReading((ready == null ? Pointers.of(pointers) : ready).read(root), null);
        } catch (StreamConstraintsException e) {
            return EnvelopeReading.unread(Problem.BEYOND_LIMITS);
        } catch (JsonParseException e) {
            boolean duplicate = String.valueOf(e.getOriginalMessage()).startsWith("Duplicate field");
            return EnvelopeReading.unread(duplicate ? Problem.DUPLICATE_KEY : Problem.NOT_JSON);
        } catch (IOException e) {
            return EnvelopeReading.unread(Problem.NOT_JSON);
        }
    }

    /** The profile's pointers, ready to use. */
    private record Pointers(
            List<JsonPointer> code,
            List<JsonPointer> message,
            List<JsonPointer> param,
            List<JsonPointer> type,
            List<JsonPointer> activeRequests,
            List<JsonPointer> concurrencyLimit,
            List<JsonPointer> resetAt) {

        static Pointers of(EnvelopePointers texts) {
            return new Pointers(
                    compiled(texts.code()),
                    compiled(texts.message()),
                    compiled(texts.param()),
                    compiled(texts.type()),
                    compiled(texts.activeRequests()),
                    compiled(texts.concurrencyLimit()),
                    compiled(texts.resetAt()));
        }

        Envelope read(JsonNode root) {
            return new Envelope(
                    first(root, code, EnvelopeValues::code),
                    first(root, message, EnvelopeValues::message),
                    first(root, param, EnvelopeValues::name),
                    first(root, type, EnvelopeValues::name),
                    first(root, activeRequests, EnvelopeValues::count),
                    first(root, concurrencyLimit, EnvelopeValues::positive),
                    first(root, resetAt, EnvelopeValues::instant));
        }

        private static List<JsonPointer> compiled(List<String> texts) {
            return texts.stream().map(JsonPointer::compile).toList();
        }

        private static <T> @Nullable T first(
                JsonNode root, List<JsonPointer> pointers, Function<JsonNode, @Nullable T> reading) {
            for (JsonPointer pointer : pointers) {
                T value = reading.apply(root.at(pointer));
                if (value != null) {
                    return value;
                }
            }
            return null;
        }
    }
}
