package dev.redrive.config;

import dev.redrive.config.RedriveConfig.ReferredPaths;
import dev.redrive.config.YamlReader.YamlValue;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Resolves references in values: <code>${file:/path}</code> a file's text without its last line break,
 * <code>${env:NAME}</code> an environment variable. <code>$${</code> stands for <code>${</code> itself. A resolved
 * value is a secret and never appears in a message.
 */
final class References {

    private static final int MAX_FILE_BYTES = 64 * 1024;
    private static final Pattern REFERENCE = Pattern.compile("\\$?\\$\\{([^}]*)}?");

    private final Map<String, String> env;
    private final Problems problems;
    private final Set<String> paths = new TreeSet<>();

    References(Map<String, String> env, Problems problems) {
        this.env = env;
        this.problems = problems;
    }

    YamlValue.Mapping resolved(YamlValue.Mapping mapping) {
        return (YamlValue.Mapping) resolved(mapping, "");
    }

    /** Returns the paths of the values with references. */
    ReferredPaths paths() {
        return new ReferredPaths(paths);
    }

    private void hide(String secret) {
        if (!secret.isBlank()) {
            problems.hide(secret);
        }
    }

    private YamlValue resolved(YamlValue value, String path) {
        if (value instanceof YamlValue.Mapping mapping) {
            Map<String, YamlValue> entries = new LinkedHashMap<>();
            mapping.entries().forEach((key, item) -> entries.put(key, resolved(item, Binder.join(path, key))));
            return new YamlValue.Mapping(mapping.origin(), entries);
        }
        if (value instanceof YamlValue.Sequence sequence) {
            List<YamlValue> items = new ArrayList<>();
            sequence.items().forEach(item -> items.add(resolved(item, path)));
            return new YamlValue.Sequence(sequence.origin(), items);
        }
        return scalar((YamlValue.Scalar) value, path);
    }

    private YamlValue scalar(YamlValue.Scalar scalar, String path) {
        if (!scalar.text().contains("${")) {
            return scalar;
        }
        boolean secret = false;
        StringBuilder text = new StringBuilder();
        Matcher matcher = REFERENCE.matcher(scalar.text());
        while (matcher.find()) {
            String reference = matcher.group();
            String put = reference.startsWith("$$") ? reference.substring(1) : target(scalar, reference, path);
            if (!reference.startsWith("$$")) {
                secret = true;
                hide(put);
            }
            matcher.appendReplacement(text, Matcher.quoteReplacement(put));
        }
        matcher.appendTail(text);
        if (secret) {
            paths.add(path);
        }
        return new YamlValue.Scalar(scalar.origin(), text.toString(), false, secret);
    }

    private String target(YamlValue.Scalar scalar, String reference, String path) {
        String inner = reference.endsWith("}") ? reference.substring(2, reference.length() - 1) : "";
        if (inner.startsWith("file:")) {
            return file(scalar, inner.substring("file:".length()), path);
        }
        if (inner.startsWith("env:")) {
            String name = inner.substring("env:".length());
            String value = env.get(name);
            if (value == null) {
                problems.add(scalar, path, "refers to the environment variable " + name + ", which is not set");
            }
            return value == null ? "" : value;
        }
        problems.add(scalar, path, "refers to nothing known; write ${file:/path} or ${env:NAME}, or $${ for ${ itself");
        return "";
    }

    private String file(YamlValue.Scalar scalar, String name, String path) {
        try (InputStream in = Files.newInputStream(Path.of(name))) {
            byte[] bytes = in.readNBytes(MAX_FILE_BYTES + 1);
            if (bytes.length > MAX_FILE_BYTES) {
                problems.add(scalar, path, "refers to a file larger than " + MAX_FILE_BYTES + " bytes: " + name);
                return "";
            }
            return new String(bytes, StandardCharsets.UTF_8).replaceFirst("\\R\\z", "");
        } catch (IOException | InvalidPathException e) {
            problems.add(scalar, path, "refers to a file that cannot be read: " + name);
            return "";
        }
    }
}
