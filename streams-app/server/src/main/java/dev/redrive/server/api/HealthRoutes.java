package dev.redrive.server.api;

import dev.redrive.server.index.IndexFeed;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;

/** Health of this instance, and the description of the API. Safe for use by several threads. */
public final class HealthRoutes {

    private static final String DESCRIPTION = "/redrive/server/openapi.yaml";

    private final IndexReads reads;
    private final byte[] description = description();

    /** Creates the routes. */
    public HealthRoutes(IndexReads reads) {
        this.reads = reads;
    }

    /** Adds the handlers to those of all routes. */
    public void addTo(Map<ApiRoute, RouteHandler> handlers) {
        handlers.put(ApiRoute.HEALTH, this::health);
        handlers.put(ApiRoute.OPENAPI, call -> call.answer(200, "application/yaml", description));
    }

    private void health(Call call) {
        IndexFeed.Status status = reads.status();
        Map<String, Object> index = new LinkedHashMap<>();
        index.put("ready", status.ready());
        index.put("percent", status.percent());
        index.put("lagRecords", status.lagRecords());
        index.put("failure", status.failure());
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("status", status.ready() ? "READY" : "CATCHING_UP");
        json.put("index", index);
        json.put("asOf", reads.asOf());
        call.answer(200, json);
    }

    static byte[] description() {
        try (InputStream in = HealthRoutes.class.getResourceAsStream(DESCRIPTION)) {
            if (in == null) {
                throw new IllegalStateException("the program lacks its resource " + DESCRIPTION);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException("cannot read resource " + DESCRIPTION, e);
        }
    }
}
