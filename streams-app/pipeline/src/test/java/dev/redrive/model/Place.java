package dev.redrive.model;

/** A place of the world with gates, and the job that is there now. */
final class Place {

    final String user;
    final String service;
    private final int number;
    private int generation;

    /** The attempt under way, or the pending one; 0 for a job that nobody knows. */
    int attempt;

    Place(int number, int users) {
        this.number = number;
        this.user = "u" + number % users;
        this.service = number / users % 2 == 0 ? "music" : "video";
    }

    int number() {
        return number;
    }

    String job() {
        return "j" + number + "-" + generation;
    }

    void next() {
        generation++;
        attempt = 0;
    }
}
