package dev.redrive.config;

import dev.redrive.config.ConfigException.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * Reads one YAML document with the line of every value. Accepts plain data only: no second document, no duplicate key,
 * no anchor, no tag.
 */
final class YamlReader {

    private static final int MAX_BYTES = 1024 * 1024;
    private static final int MAX_DEPTH = 20;

    private final String source;
    private final Problems problems;

    private YamlReader(String source, Problems problems) {
        this.source = source;
        this.problems = problems;
    }

    /** Reads a file; returns an empty mapping if it has mistakes. */
    static YamlValue.Mapping file(Path file, Problems problems) {
        String source = file.toString();
        try (InputStream in = Files.newInputStream(file)) {
            return bytes(in.readNBytes(MAX_BYTES + 1), source, problems);
        } catch (NoSuchFileException e) {
            problems.add(source, "there is no such file");
        } catch (IOException e) {
            problems.add(source, "cannot be read: " + e.getMessage());
        }
        return empty(source);
    }

    /** Reads a built-in resource. */
    static YamlValue.Mapping resource(String name, Problems problems) {
        try (InputStream in = YamlReader.class.getResourceAsStream("/" + name)) {
            if (in == null) {
                throw new IllegalStateException("the program lacks its resource " + name);
            }
            return bytes(in.readNBytes(MAX_BYTES + 1), "built-in " + name, problems);
        } catch (IOException e) {
            throw new IllegalStateException("cannot read resource " + name, e);
        }
    }

    private static YamlValue.Mapping bytes(byte[] bytes, String source, Problems problems) {
        if (bytes.length > MAX_BYTES) {
            problems.add(source, "is larger than " + MAX_BYTES + " bytes");
            return empty(source);
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return new YamlReader(source, problems).read(text);
        } catch (CharacterCodingException e) {
            problems.add(source, "is not in UTF-8; save it in UTF-8");
            return empty(source);
        }
    }

    private YamlValue.Mapping read(String text) {
        if (text.isBlank()) {
            problems.add(source, "is empty; write at least a comment, or leave the file out");
            return empty(source);
        }
        LoaderOptions options = new LoaderOptions();
        options.setNestingDepthLimit(MAX_DEPTH);
        options.setCodePointLimit(MAX_BYTES);
        options.setMaxAliasesForCollections(0);
        try {
            Node root = new Yaml(options).compose(new StringReader(text));
            if (root == null) {
                return empty(source);
            }
            YamlValue value = value(root, "");
            if (value instanceof YamlValue.Mapping mapping) {
                return mapping;
            }
            problems.add(value, "", "must be keys and values; write e.g. applicationId: redrive");
        } catch (MarkedYAMLException e) {
            Mark mark = e.getProblemMark();
            String hint = String.valueOf(e.getProblem()).startsWith("but found another document")
                    ? "has several documents; write one, without a second '---'"
                    : "is no YAML: " + e.getProblem();
            problems.add(new YamlValue.Origin(source, mark == null ? 0 : mark.getLine() + 1).problem("", hint));
        } catch (YAMLException e) {
            problems.add(source, "is no YAML: " + e.getMessage());
        }
        return empty(source);
    }

    private YamlValue value(Node node, String path) {
        YamlValue.Origin origin =
                new YamlValue.Origin(source, node.getStartMark().getLine() + 1);
        if (node.getAnchor() != null) {
            problems.add(origin.problem(path, "anchors and aliases are not taken; write the value out at each place"));
            return absent(origin);
        }
        if (!node.getTag().startsWith(Tag.PREFIX)) {
            problems.add(origin.problem(
                    path, "tags are not taken; leave out " + node.getTag().getValue()));
            return absent(origin);
        }
        if (node instanceof MappingNode mapping) {
            return mapping(mapping, origin, path);
        }
        if (node instanceof SequenceNode sequence) {
            List<YamlValue> items = new ArrayList<>();
            for (Node item : sequence.getValue()) {
                items.add(value(item, path + "[" + items.size() + "]"));
            }
            return new YamlValue.Sequence(origin, items);
        }
        ScalarNode scalar = (ScalarNode) node;
        return new YamlValue.Scalar(origin, scalar.getValue(), scalar.getTag().equals(Tag.NULL), false);
    }

    private YamlValue.Mapping mapping(MappingNode node, YamlValue.Origin origin, String path) {
        Map<String, YamlValue> entries = new LinkedHashMap<>();
        for (NodeTuple tuple : node.getValue()) {
            YamlValue.Origin at = new YamlValue.Origin(
                    source, tuple.getKeyNode().getStartMark().getLine() + 1);
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                problems.add(at.problem(path, "a key must be a single word"));
                continue;
            }
            String keyPath = path.isEmpty() ? key.getValue() : path + "." + key.getValue();
            YamlValue value = value(tuple.getValueNode(), keyPath);
            YamlValue before = entries.putIfAbsent(key.getValue(), value);
            if (before != null) {
                problems.add(at.problem(
                        keyPath,
                        "is written twice, first in line " + before.origin().line() + "; write it once"));
            }
        }
        return new YamlValue.Mapping(origin, entries);
    }

    private static YamlValue absent(YamlValue.Origin origin) {
        return new YamlValue.Scalar(origin, "", true, false);
    }

    private static YamlValue.Mapping empty(String source) {
        return new YamlValue.Mapping(new YamlValue.Origin(source, 0), Map.of());
    }

    /** A value as written, with its position. */
    sealed interface YamlValue {

        /** Returns its position. */
        Origin origin();

        /**
         * A position.
         *
         * @param source a file's name, or {@code environment variable X}
         * @param line from 1; 0 if there is none
         */
        record Origin(String source, int line) {
            Problem problem(String path, String message) {
                return new Problem(source, line, path, message);
            }
        }

        /**
         * A single value.
         *
         * @param text as written, unquoted
         * @param absent whether it is YAML's null
         * @param secret whether it was set by reference to a file or to the environment
         */
        record Scalar(Origin origin, String text, boolean absent, boolean secret) implements YamlValue {
            Scalar(Origin origin, String text) {
                this(origin, text, false, false);
            }

            /** Returns whether it is in a file in clear text. */
            boolean bare() {
                return !secret && origin.line() > 0;
            }
        }

        /** Values in order. */
        record Sequence(Origin origin, List<YamlValue> items) implements YamlValue {}

        /** Values by key, in their written order. */
        record Mapping(Origin origin, Map<String, YamlValue> entries) implements YamlValue {

            /** Merges these values over those below: mappings are merged key by key, everything else is replaced. */
            static Mapping merged(Mapping below, Mapping above) {
                Map<String, YamlValue> entries = new LinkedHashMap<>(below.entries);
                above.entries.forEach((key, value) -> entries.merge(key, value, Mapping::over));
                return new Mapping(above.origin, entries);
            }

            private static YamlValue over(YamlValue below, YamlValue above) {
                if (below instanceof Mapping lower && above instanceof Mapping upper) {
                    return merged(lower, upper);
                }
                boolean emptySection = below instanceof Mapping && above instanceof Scalar scalar && scalar.absent();
                return emptySection ? below : above;
            }
        }
    }
}
