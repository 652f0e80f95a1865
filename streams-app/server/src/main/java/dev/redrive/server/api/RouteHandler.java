package dev.redrive.server.api;

/** Answers the requests of one route that were admitted. Called by several threads at a time. */
@FunctionalInterface
public interface RouteHandler {

    /**
     * Answers a request.
     *
     * @throws ApiException to answer with an error
     */
    void handle(Call call) throws Exception;
}
