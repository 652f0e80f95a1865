package dev.redrive.metrics;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a scrape gives: the value of each series by its name and labels, and the type of each metric. */
record Scrape(Map<String, Double> series, Map<String, String> types) {

    static Scrape of(RedriveMetrics metrics) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            metrics.scrape(out, RedriveMetrics.TEXT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, Double> series = new LinkedHashMap<>();
        Map<String, String> types = new LinkedHashMap<>();
        out.toString(StandardCharsets.UTF_8).lines().forEach(line -> {
            if (line.startsWith("# TYPE ")) {
                String[] words = line.split(" ");
                types.put(words[2], words[3]);
            } else if (!line.startsWith("#")) {
                int space = line.lastIndexOf(' ');
                series.put(line.substring(0, space), Double.parseDouble(line.substring(space + 1)));
            }
        });
        return new Scrape(series, types);
    }

    double value(String name) {
        Double value = series.get(name);
        if (value == null) {
            throw new AssertionError("no series " + name);
        }
        return value;
    }
}
