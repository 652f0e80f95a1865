package dev.redrive.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonInputTest {

    private final JsonMapper mapper = new JsonMapper();

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            quoteCharacter = '`',
            value = {
                // Lines.
                "{'a':1}~{'b':2}                # 1 {'a':1} # 2 {'b':2}",
                "~{'a':1}~~ ~{'b':2}~           # 2 {'a':1} # 5 {'b':2}",
                "{'a':1}{'b':2}~{'c':3}         # 1 {'a':1}{'b':2} # 2 {'c':3}",
                // Values over several lines.
                "{~'a':~{'b':~[~1~,2]}~}~{'c':3} # 1 {'a':{'b':[1,2]}} # 8 {'c':3}",
                "{'a':1~}{~'b':2}               # 1 {'a':1}{'b':2} #",
                "{'f':[~{'a':1},~{'a':2}~]}     # 1 {'f':[{'a':1},{'a':2}]} #",
                // Lines that are cut short.
                "{'a':'tru~{'b':2}              # 1 {'a':'tru # 2 {'b':2}",
                "{'a':1,~{'b':2}                # 1 {'a':1, # 2 {'b':2}",
                "{'a':['x','tru~{'b':2}         # 1 {'a':['x','tru # 2 {'b':2}",
                "{'a':1,'b':{~~{'b':2}          # 1 {'a':1,'b':{ # 3 {'b':2}",
                "nonsense~{'b':2}               # 1 nonsense # 2 {'b':2}",
                "}]~{'b':2}                     # 1 }] # 2 {'b':2}",
                // Arrays.
                "[{'a':1},{'b':2}]              # 1 {'a':1} # 1 {'b':2}",
                "~[~{'a':[1,'],{']},~{'b':{}}~]~ # 3 {'a':[1,'],{']} # 4 {'b':{}}",
                "[ ]                            # # ",
                "[{'a':1},]                     # 1 {'a':1} # 1 ",
                "[{'a':1}~{'b':2}]              # 1 {'a':1}{'b':2} #",
            })
    void shouldGiveWholeValuesAndWhereTheyBegin(String text, String first, String second) throws IOException {
        try (JsonInput input = input(text)) {
            List<String> found = values(input);

            List<String> expected = new ArrayList<>();
            for (String value : new String[] {first, second}) {
                if (value != null) {
                    expected.add(value.length() == 1 ? value + " " : value);
                }
            }
            assertThat(found).isEqualTo(expected);
            assertThat(input.broken()).isNull();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            quoteCharacter = '`',
            value = {
                "{'f':[~{'a':1}~{'b':2}~]}~{'c':3} # 1 {'f':[{'a':1} # is not JSON from line 3 on",
                "data = [~{'a':1}~{'b':2}~] # 1 data=[{'a':1} # is not JSON from line 3 on",
                "{~'a':{'x':1}~'b':{'y':1}~} # 1 {'a':{'x':1} # is not JSON from line 3 on",
                "{~'f':[~{'a':'~{'b':2} # 1 {'f':[{'a':' # is not JSON from line 3 on",
                "[{'a':1}~ # 1 {'a':1} # the array is not closed",
                "[{'a':1},~ # 1 {'a':1} # the array is not closed",
                "[{'a':1}]~{'b':2} # 1 {'a':1} # text follows the array in line 2",
                "[{'a':'x~{'b':2}] # 1 {'a':'x # a string has no end in line 1",
            })
    void shouldGiveNothingMoreWhereWhatFollowsMayBeAPart(String text, String first, String broken) throws IOException {
        try (JsonInput input = input(text)) {
            assertThat(values(input)).containsExactly(first);
            assertThat(input.broken()).contains(broken);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldGiveWhatJacksonReadsHoweverItIsPrinted(boolean array) throws IOException {
        Random random = new Random(7);
        for (int run = 0; run < 300; run++) {
            List<JsonNode> expected = new ArrayList<>();
            StringBuilder text = new StringBuilder(array ? "[" : "");
            for (int i = random.nextInt(4); i >= 0; i--) {
                JsonNode node = mapper.createObjectNode().set("x", node(random, 4));
                expected.add(node);
                text.append(random.nextBoolean() ? node.toString() : node.toPrettyString())
                        .append(i == 0 ? "" : array ? "," : "\n")
                        .append("\n ".repeat(random.nextInt(3)));
            }
            text.append(array ? "]" : "");

            List<JsonNode> found = new ArrayList<>();
            try (JsonInput input = new JsonInput("x", new ByteArrayInputStream(bytes(text.toString())), 0)) {
                for (byte[] value = input.next(); value != null; value = input.next()) {
                    found.add(mapper.readTree(value));
                }
                assertThat(input.broken()).as(text.toString()).isNull();
            }
            assertThat(found).as(text.toString()).isEqualTo(expected);
        }
    }

    @Test
    void shouldReadDeepAndLongValuesWithoutBoundOnMemory() throws IOException {
        String text = "[".repeat(3 << 20) + "\n" + "]".repeat(3 << 20);
        try (JsonInput input = new JsonInput("x", new ByteArrayInputStream(bytes("{\"a\":" + text + "}\n{}")), 0)) {
            assertThat(input.next()).hasSize((1 << 20) + 1);
            assertThat(input.next()).isEqualTo(bytes("{}"));
            assertThat(input.place()).isEqualTo("x:3");
        }
    }

    private JsonNode node(Random random, int depth) {
        return switch (random.nextInt(depth == 0 ? 4 : 6)) {
            case 0 -> mapper.getNodeFactory().numberNode(random.nextInt(1000) / 8.0);
            case 1 -> mapper.getNodeFactory().booleanNode(random.nextBoolean());
            case 2 -> mapper.getNodeFactory().nullNode();
            case 3 ->
                mapper.getNodeFactory()
                        .textNode(List.of("", "\\\"", "[{", "}]\n", ",:").get(random.nextInt(5)));
            case 4 -> mapper.createArrayNode().add(node(random, depth - 1)).add(node(random, depth - 1));
            default ->
                mapper.createObjectNode()
                        .<com.fasterxml.jackson.databind.node.ObjectNode>set("k", node(random, depth - 1))
                        .set("{", node(random, depth - 1));
        };
    }

    /** In the examples, ~ is the end of a line and ' is ". */
    private static JsonInput input(String text) {
        return new JsonInput(
                "x", new ByteArrayInputStream(bytes(text.replace('~', '\n').replace('\'', '"'))), 0);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    /** Line and value without blanks. */
    private static List<String> values(JsonInput input) throws IOException {
        List<String> values = new ArrayList<>();
        for (byte[] value = input.next(); value != null; value = input.next()) {
            String line = input.place().split(":")[1];
            values.add(
                    line + " " + new String(value, UTF_8).replaceAll("\\s", "").replace('"', '\''));
        }
        return values;
    }
}
