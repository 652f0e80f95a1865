package dev.redrive.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.FailureCause;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.codec.NaturalJson.NaturalJsonResult;
import dev.redrive.codec.NaturalJson.NaturalJsonResult.Problem;
import dev.redrive.codec.NaturalJson.NaturalJsonResult.Read;
import dev.redrive.codec.NaturalJson.NaturalJsonResult.Refused;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NaturalJsonTest {

    private static final String REQUIRED =
            "'userId':'u1','jobId':'j1','service':'music','operation':'o','failedAt':'2026-11-22T12:00:00Z'";

    private final NaturalJson json = new NaturalJson();

    @Test
    void shouldReadAFailureAsPeopleWriteIt() {
        JobFailure failure = read(JobFailure.class, """
            {'userId':'u1','jobId':'j1','attempt':2,'service':'music','operation':'music.song.generate',
             'cause':'response','httpStatus':429,'errorBody':{'success':false,'cost':1.10,'big':12345678901234567890},
             'responseHeaders':{'Retry-After':'2'},'request':{'body':{'prompt':'ü'}},
             'failedAt':'2026-11-22T13:00:00.5+01:00','deadline':1795348800000}\
            """);

        assertThat(failure.getCause()).isEqualTo(FailureCause.RESPONSE);
        assertThat(failure.getHttpStatus()).isEqualTo(429);
        assertThat(failure.getErrorBody()).isEqualTo("{\"success\":false,\"cost\":1.10,\"big\":12345678901234567890}");
        assertThat(failure.getResponseHeaders()).isEqualTo(Map.of("Retry-After", "2"));
        assertThat(failure.getRequest().getContentType()).isEqualTo("application/json");
        assertThat(UTF_8.decode(failure.getRequest().getBody()).toString()).isEqualTo("{\"prompt\":\"ü\"}");
        assertThat(failure.getFailedAt()).isEqualTo(Instant.parse("2026-11-22T12:00:00.500Z"));
        assertThat(failure.getDeadline()).isEqualTo(Instant.ofEpochMilli(1795348800000L));
        assertThat(failure.getMethod()).isEqualTo("POST");
        assertThat(failure.getLabels()).isEmpty();
        assertThat(failure.getIdempotencyKey()).isNull();
    }

    @Test
    void shouldKeepAnErrorBodyThatIsAString() {
        assertThat(read(JobFailure.class, "{" + REQUIRED + ",'errorBody':'<html>'}")
                        .getErrorBody())
                .isEqualTo("<html>");
    }

    @Test
    void shouldReadAndWriteBytesThatAreNotText() {
        JobFailure failure = read(JobFailure.class, "{" + REQUIRED + ",'request':{'body':{'base64':'//4A'}}}");

        assertThat(failure.getRequest().getBody()).isEqualTo(ByteBuffer.wrap(new byte[] {(byte) 0xff, (byte) 0xfe, 0}));
        assertThat(json.write(failure)).contains("\"body\":{\"base64\":\"//4A\"}");
    }

    @Test
    void shouldWriteInstantsWithMillisecondsAndUnionsWithoutBranches() {
        JobLifecycle event = read(
                JobLifecycle.class, "{'userId':'u','jobId':'j','stage':'accepted','requestId':'r','at':1795348800000}");

        assertThat(json.write(event))
                .isEqualTo("{\"userId\":\"u\",\"jobId\":\"j\",\"attempt\":0,\"stage\":\"ACCEPTED\",\"service\":\"\","
                        + "\"operation\":\"\",\"requestId\":\"r\",\"at\":\"2026-11-22T12:00:00.000Z\"}");
    }

    @Test
    void shouldReadARecordWithinARecord() {
        Command command = read(
                Command.class,
                "{'commandId':'c','kind':'redrive','userId':'u1','issuedAt':0,'deadLetter':{" + REQUIRED + "}}");

        assertThat(command.getKind()).isEqualTo(CommandKind.REDRIVE);
        assertThat(command.getDeadLetter().getJobId()).isEqualTo("j1");
        assertThat(command.getDeadLetter().getCause()).isEqualTo(FailureCause.UNKNOWN);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'errorBdy':'x'                     | UNKNOWN_FIELD   | errorBdy: unknown field; did you mean"
                        + " errorBody?",
                "'http_status':400                  | UNKNOWN_FIELD   | http_status: unknown field; did you mean"
                        + " httpStatus?",
                "'wholly':1                         | UNKNOWN_FIELD   | wholly: unknown field",
                "'request':{'body':'','x':1}        | UNKNOWN_FIELD   | request.x: unknown field",
                "'request':{}                       | MISSING_FIELD   | request.body: missing",
                "'httpStatus':4294967725            | OUT_OF_RANGE    | httpStatus: must be between -2147483648 and"
                        + " 2147483647",
                "'httpStatus':429.0                 | WRONG_TYPE      | httpStatus: must be a whole number, not a"
                        + " number with fraction or exponent",
                "'httpStatus':'429'                 | WRONG_TYPE      | httpStatus: must be a whole number, not a"
                        + " string",
                "'attempt':null                     | WRONG_TYPE      | attempt: must be a whole number, not null",
                "'cause':'BROKEN'                   | OUT_OF_RANGE    | cause: must be one of UNKNOWN, RESPONSE,"
                        + " NETWORK, TIMEOUT, ASYNC",
                "'responseHeaders':{'Retry-After':2}| WRONG_TYPE      | responseHeaders.Retry-After: must be a string,"
                        + " not a number",
                "'labels':[]                        | WRONG_TYPE      | labels: must be an object, not an array",
                "'deadline':'tomorrow'              | OUT_OF_RANGE    | deadline: must be an ISO-8601 instant with an"
                        + " offset, such as 2026-11-22T12:00:00Z",
                "'deadline':1e3                     | WRONG_TYPE      | deadline: must be an instant (ISO-8601 such as"
                        + " 2026-11-22T12:00:00Z, or milliseconds since 1970), not a number with fraction or exponent",
                "'deadline':99999999999999999999    | OUT_OF_RANGE    | deadline: must be between -9223372036854775808"
                        + " and 9223372036854775807",
                "'route':'\\ud800'                  | OUT_OF_RANGE    | route: has a lone surrogate",
                "'errorBody':{'a':'\\udfff'}        | OUT_OF_RANGE    | errorBody: has a lone surrogate",
                "'request':{'body':{'base64':'*'}}  | OUT_OF_RANGE    | request.body: is not base64",
                "'route':'a','route':'b'            | DUPLICATE_FIELD | the field route is given twice",
            })
    void shouldSayWhatIsWrongAndWhere(String field, Problem problem, String sentence) {
        Refused<JobFailure> refused = refuse(JobFailure.class, "{" + REQUIRED + "," + field + "}");

        assertThat(refused.sentence()).isEqualTo(sentence);
        assertThat(refused.problem()).isEqualTo(problem);
    }

    @Test
    void shouldNameAllMissingFieldsAtOnce() {
        Refused<JobFailure> refused = refuse(JobFailure.class, "{'jobId':'j','service':'s','failedAt':0}");

        assertThat(refused.sentence()).isEqualTo("userId, operation: missing");
        assertThat(refused.problem()).isEqualTo(Problem.MISSING_FIELD);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} {} | has more than one JSON value",
                "[]    | must be a JSON object",
                "7     | must be a JSON object",
                "``    | must be a JSON object",
                "{'a'  | is not JSON at column 5: Unexpected end-of-input",
            })
    void shouldRefuseWhatIsNotOneObject(String text, String start) {
        assertThat(refuse(JobFailure.class, text).sentence()).startsWith(start);
    }

    @Test
    void shouldRefuseOverlongAndDeepAndIllFormedLines() {
        byte[] overlong = new byte[NaturalJson.MAX_LINE_BYTES + 1];
        String deep = "{'errorBody':" + "[".repeat(100) + "]".repeat(100) + "}";
        byte[] illFormed = {'{', '"', (byte) 0xc0, (byte) 0xaf, '"', ':', '1', '}'};

        assertThat(refused(json.read(overlong, JobFailure.class)).problem()).isEqualTo(Problem.TOO_LARGE);
        assertThat(refuse(JobFailure.class, deep).sentence()).startsWith("exceeds a limit: ");
        assertThat(refused(json.read(illFormed, JobFailure.class)).sentence()).isEqualTo("is not well-formed UTF-8");
    }

    @Test
    void shouldLetTheCallerFillInWhatIsAbsent() {
        NaturalJsonResult<JobLifecycle> result =
                json.read(utf8("{'userId':'u','jobId':'j'}"), JobLifecycle.class, object -> object.put("at", 5));

        assertThat(((Read<JobLifecycle>) result).value().getAt()).isEqualTo(Instant.ofEpochMilli(5));
    }

    private <T extends SpecificRecord> T read(Class<T> type, String text) {
        NaturalJsonResult<T> result = json.read(utf8(text), type);
        assertThat(result).isInstanceOf(Read.class);
        return ((Read<T>) result).value();
    }

    private <T extends SpecificRecord> Refused<T> refuse(Class<T> type, String text) {
        return refused(json.read(utf8(text), type));
    }

    private static <T> Refused<T> refused(NaturalJsonResult<T> result) {
        assertThat(result).isInstanceOf(Refused.class);
        return (Refused<T>) result;
    }

    private static byte[] utf8(String text) {
        return text.replace('\'', '"').getBytes(UTF_8);
    }
}
