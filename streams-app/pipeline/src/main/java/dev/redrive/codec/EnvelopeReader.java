package dev.redrive.codec;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import dev.redrive.codec.EnvelopeReading.Problem;
import dev.redrive.domain.classify.Envelope;
import dev.redrive.domain.classify.Envelope.EnvelopePointers;
import dev.redrive.domain.classify.Profile.Profiles;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads error bodies with the pointers of a profile. Never fails: what cannot be read is nothing, what stands before or
 * beside it counts, and the reading names the fault. Safe for any number of threads.
 */
public final class EnvelopeReader {

    /** Byte order marks: as one character, and of UTF-8 that was read as Latin-1. */
    private static final List<String> BYTE_ORDER_MARKS = List.of("\uFEFF", "\u00EF\u00BB\u00BF");

    private static final int MAX_ELEMENTS = 100;

    private final int maxBodyChars;
    private final Map<EnvelopePointers, Pointers> known = new HashMap<>();

    /**
     * Makes a reader.
     *
     * @param profiles the profiles whose pointers are made ready once
     * @param maxBodyChars what a longer body holds after so many UTF-16 units is not read
     */
    public EnvelopeReader(Profiles profiles, int maxBodyChars) {
        this.maxBodyChars = maxBodyChars;
        profiles.all().forEach(profile -> known.put(profile.envelope(), Pointers.of(profile.envelope())));
    }

    /**
     * Reads one body.
     *
     * @param pointers where the body holds what
     * @param body the body as it came; {@code null} or blank where there was none
     */
    public EnvelopeReading read(EnvelopePointers pointers, @Nullable String body) {
        String text = body == null ? "" : withoutMark(body);
        if (text.isBlank()) {
            return EnvelopeReading.NOTHING;
        }
        boolean tooLarge = text.length() > maxBodyChars;
        try {
            PartialJson json = PartialJson.read(tooLarge ? text.substring(0, maxBodyChars) : text);
            if (json.root().isTextual()) {
                String inner = withoutMark(json.root().textValue()).stripLeading();
                json = inner.startsWith("{") || inner.startsWith("[") ? PartialJson.read(inner) : json;
            }
            Pointers ready = known.get(pointers);
            Envelope envelope = envelope(json.root(), ready == null ? Pointers.of(pointers) : ready);
            Problem problem = envelope == null && json.problem() == null ? Problem.NOT_AN_OBJECT : json.problem();
            return new EnvelopeReading(
                    envelope == null ? Envelope.EMPTY : envelope, tooLarge ? Problem.TOO_LARGE : problem);
        } catch (IOException e) {
            return new EnvelopeReading(Envelope.EMPTY, Problem.NOT_JSON);
        }
    }

    private static String withoutMark(String text) {
        for (String mark : BYTE_ORDER_MARKS) {
            if (text.startsWith(mark)) {
                return text.substring(mark.length());
            }
        }
        return text;
    }

    /** Of the object, or of the first one in an array that has a code, else of the first; {@code null} without one. */
    private static @Nullable Envelope envelope(JsonNode root, Pointers pointers) {
        if (root.isObject()) {
            return pointers.read(root);
        }
        Envelope first = null;
        for (int i = 0; i < Math.min(root.size(), MAX_ELEMENTS); i++) {
            Envelope read = envelope(root.path(i), pointers);
            if (read != null && read.code() != null) {
                return read;
            }
            first = first == null ? read : first;
        }
        return first;
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
